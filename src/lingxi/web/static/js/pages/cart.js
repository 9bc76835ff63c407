// The cart: its lines, its add-ons, and the order that turns it into purchases.

import { buy, putInCart } from "../acts.js";
import { slateRow } from "../card.js";
import { el, sign, SIGNS } from "../dom.js";
import { face, itemsOf } from "../items.js";
import { picture } from "../picture.js";
import { cart, emptyCart } from "../shopper.js";
import { money, say } from "../words.js";

function line(item, quantity, redraw) {
  const { title, whole, price } = face(item);
  const change = async (to) => {
    const done = putInCart(item.id, to, null, price);
    await redraw(done);
  };
  const button = (label, drawn, to) => el("button", {
    class: "round", type: "button", "aria-label": `${say(label)}: ${title}`, onclick: () => change(to),
  }, sign(drawn));
  return el("li", {}, el("a", { href: `/shop/item/${encodeURIComponent(item.id)}` }, picture(item, "thumb"), el("span", {}, whole)),
    el("span", { class: "quantity" },
      button("less", SIGNS.minus, quantity - 1), el("b", {}, String(quantity)), button("more", SIGNS.plus, quantity + 1)),
    el("b", { class: "price" }, price === null ? "" : money(price * quantity)),
    el("button", { class: "link", type: "button", onclick: () => change(0), "aria-label": `${say("remove")}: ${title}` }, say("remove")));
}

async function lines() {
  const held = Object.entries(cart());
  const items = await itemsOf(held.map(([id]) => id));
  return items.map((item, at) => ({ item, quantity: held[at][1] }));
}

async function order(all, page) {
  const id = `web-${Date.now().toString(36)}`;
  await buy(id, all.map(({ item, quantity }) => ({ item: item.id, quantity, price: item.price })));
  emptyCart();
  page.replaceChildren(...(await empty(say("ordered", { id }))));
}

async function empty(said) {
  return [el("div", { class: "empty" }, el("h1", {}, said), el("p", {}, say("emptyCartNote"))), await slateRow("home", say("picks"))].filter(Boolean);
}

async function filled(page) {
  const all = await lines();
  if (!all.length) return empty(say("emptyCart"));
  const redraw = async (done) => {
    await done; // the add-ons must know the change
    page.replaceChildren(...(await filled(page)));
  };
  const sum = all.reduce((total, { item, quantity }) => total + (item.price ?? 0) * quantity, 0);
  const addons = await slateRow("cart", say("addons"), { items: all.map(({ item }) => item.id).slice(0, 100), n: 12 });
  return [
    el("h1", { class: "title" }, say("cart")),
    el("section", { class: "till" },
      el("ul", { class: "lines" }, all.map(({ item, quantity }) => line(item, quantity, redraw))),
      el("div", { class: "sum" }, el("p", {}, el("span", {}, say("total")), el("b", {}, money(sum))),
        el("button", { class: "main", type: "button", onclick: () => order(all, page) }, say("order")), el("small", {}, say("orderNote")))),
    addons,
  ].filter(Boolean);
}

export async function cartPage() {
  const page = el("div", { class: "page" });
  page.append(...(await filled(page)));
  return [page];
}
