// A product with what is like it and what is bought with it.

import { view, putInCart } from "../acts.js";
import { slateRow } from "../card.js";
import { el } from "../dom.js";
import { aisleOf } from "../icons.js";
import { face, itemsOf } from "../items.js";
import { picture } from "../picture.js";
import { inCart } from "../shopper.js";
import { money, say } from "../words.js";

function facts(item) {
  const { brand, size } = face(item);
  const line = (label, value) => value && el("div", {}, el("dt", {}, say(label)), el("dd", {}, value));
  return el("dl", { class: "facts" }, line("size", size), line("brand", brand));
}

function crumbs(item) {
  const { category } = face(item);
  const aisle = aisleOf(item.category ?? "");
  return el("nav", { class: "crumbs", "aria-label": say("category") },
    el("a", { href: `/shop/aisle/${aisle.name}` }, say(`nav_${aisle.name}`)),
    category && el("a", { href: `/shop/category/${encodeURIComponent(item.category)}` }, category.split(" > ").pop()));
}

function detail(item, shown) {
  const { title, price } = face(item);
  const label = el("span", {}, say("add"));
  const add = async () => {
    await putInCart(item.id, inCart(item.id) + 1, shown, price);
    label.textContent = say("inCart", { n: inCart(item.id) });
  };
  return el("section", { class: "product" }, picture(item, "picture big"),
    el("div", { class: "product-text" }, el("h1", {}, title), facts(item),
      el("p", { class: "product-price" }, price === null ? say("free") : money(price), price !== null && el("small", {}, ` ${say("each")}`)),
      el("button", { class: "main", type: "button", onclick: add }, label)));
}

export async function product(id, { shown = null, quiet = false } = {}) {
  if (!quiet) view(id, shown); // the page does not wait for its own event
  const [[item], similar, together] = await Promise.all([
    itemsOf([id]),
    slateRow("similar", say("similar"), { items: [id], n: 12 }),
    slateRow("bought_together", say("together"), { items: [id], n: 12 }),
  ]);
  return [crumbs(item), detail(item, shown), together, similar];
}
