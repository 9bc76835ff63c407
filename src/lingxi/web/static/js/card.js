// A product as a card, and rows and grids of them.

import { dismiss, putInCart, watch } from "./acts.js";
import { api } from "./api.js";
import { el, sign, SIGNS } from "./dom.js";
import { face, itemsOf } from "./items.js";
import { picture, reasonOf } from "./picture.js";
import { inCart, onChange, who } from "./shopper.js";
import { money, say, short } from "./words.js";

function buttons(item, shown) {
  const box = el("div", { class: "buy" });
  const { title, price } = face(item);
  const change = (by) => putInCart(item.id, inCart(item.id) + by, shown, price);
  const draw = () => {
    const quantity = inCart(item.id);
    const focused = box.contains(document.activeElement);
    const add = el("button", {
      class: "round add", type: "button", onclick: () => change(1),
      "aria-label": quantity ? `${say("more")}: ${title}` : say("addOf", { title }),
    }, sign(SIGNS.plus));
    const fewer = quantity > 0 && el("button", {
      class: "round", type: "button", onclick: () => change(-1), "aria-label": `${say("less")}: ${title}`,
    }, sign(SIGNS.minus));
    box.replaceChildren(...[fewer, quantity > 0 && el("b", {}, String(quantity)), add].filter(Boolean));
    box.classList.toggle("has", quantity > 0);
    if (focused) add.focus();
  };
  draw();
  onChange(() => box.isConnected && draw());
  return box;
}

function hush(item, shown) {
  const gone = (click) => {
    const card = click.currentTarget.closest(".card");
    (card.nextElementSibling ?? card.previousElementSibling)?.querySelector("a")?.focus();
    card.remove();
    dismiss(item.id, shown);
  };
  const label = `${say("dismiss")}: ${face(item).title}`;
  return el("button", { class: "hush", type: "button", "aria-label": label, title: say("dismiss"), onclick: gone }, sign(SIGNS.cross));
}

/** A card of `item`; `pick` gives its reason and label, `shown` its place in a slate, `moved` ("new" or places risen) its badge. */
export function card(item, { pick = null, shown = null, moved = null } = {}) {
  const { title, whole, price, brand } = face(item);
  const data = { item: item.id, ...(shown && { request: shown.request, position: shown.position, place: shown.place }) };
  const reason = reasonOf(pick);
  const badge = moved && el("span", { class: "badge" }, moved === "new" ? say("newBadge") : say("upBadge", { n: moved }));
  const made = el("article", { class: moved ? "card moved" : "card", data },
    el("a", { class: "card-link", href: `/shop/item/${encodeURIComponent(item.id)}`, title: whole },
      picture(item), badge,
      el("span", { class: "card-title" }, title), brand && el("span", { class: "card-brand" }, brand),
      pick?.label && el("span", { class: "card-brand" }, pick.label)),
    el("div", { class: "card-line" },
      el("span", { class: price === null ? "price none" : "price" }, price === null ? say("free") : money(price)),
      buttons(item, shown)),
    shown && hush(item, shown),
    reason && el("p", { class: "reason" }, sign(SIGNS.spark), el("span", {}, reason)));
  if (shown) watch(made);
  return made;
}

/** The cards of a slate. `moves` maps an item to its badge. */
export async function cards(slate, surface, moves = new Map()) {
  const items = await itemsOf(slate.picks.map((pick) => pick.item));
  return items.map((item, position) => {
    const shown = { request: slate.request, position, place: surface };
    return card(item, { pick: slate.picks[position], shown, moved: moves.get(item.id) ?? null });
  });
}

function arrows(strip) {
  const by = (way) => strip.scrollBy({ left: way * strip.clientWidth * 0.8, behavior: "smooth" });
  return el("div", { class: "arrows" },
    el("button", { class: "round", type: "button", "aria-label": say("previous"), onclick: () => by(-1) }, sign(SIGNS.before)),
    el("button", { class: "round", type: "button", "aria-label": say("following"), onclick: () => by(1) }, sign(SIGNS.next)));
}

/** A titled row of cards that scrolls sideways. */
export function row(title, made, { id, note = "", link = null } = {}) {
  const strip = el("div", { class: "strip", tabindex: "0", role: "group", "aria-label": title }, made);
  const more = link && el("a", { class: "see", href: link }, say("seeAll"));
  return el("section", { class: "row", id },
    el("header", { class: "row-head" }, el("h2", {}, title), note && el("p", { class: "quiet" }, note), more, arrows(strip)),
    strip);
}

/** Asks for a slate and makes its row; nothing where there is none. */
export async function slateRow(surface, title, { items = [], n = 12, link = null, ...rest } = {}) {
  const slate = await api.recommend(surface, { who: who(), items, n, ...rest });
  if (!slate.picks.length) return null;
  const note = say("picksNote", { n: slate.picks.length, ms: short(slate.ms) });
  return row(title, await cards(slate, surface), { id: `row-${surface}`, note, link });
}
