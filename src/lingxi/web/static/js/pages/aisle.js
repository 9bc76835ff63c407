// An aisle with its categories, and a category with its items.

import { categories, categoriesOf, categoryTile, nameOf } from "../aisles.js";
import { api } from "../api.js";
import { card, slateRow } from "../card.js";
import { el, icon } from "../dom.js";
import { AISLES, aisleOf, iconOf } from "../icons.js";
import { learn } from "../items.js";
import { say } from "../words.js";

const PAGE = 30;

function sign(drawn, title, note, tint) {
  return el("section", { class: "signboard", style: { "--tint": tint } }, icon(drawn), el("div", {}, el("h1", {}, title), el("p", {}, note)));
}

const total = (all) => say("items", { n: all.reduce((sum, { items }) => sum + items, 0).toLocaleString("en") });

export async function aisle(name) {
  const about = AISLES.find((each) => each.name === name) ?? AISLES.at(-1);
  const all = await categoriesOf(about.name);
  const rows = await Promise.all(all.slice(0, 3).map((each) => slateRow("home", nameOf(each), {
    category: each.category, n: 12, link: `/shop/category/${encodeURIComponent(each.category)}`,
  })));
  return [
    sign(about.icon, say(`nav_${about.name}`), total(all), about.tint),
    el("div", { class: "tiles" }, all.map(categoryTile)),
    ...rows,
  ];
}

export async function category(path) {
  const all = await categories();
  const known = all.find((each) => each.category === path) ?? { category: path, items: 0 };
  const about = aisleOf(path);
  const grid = el("div", { class: "grid", id: "shelf" });
  const more = el("button", { class: "plain", type: "button", onclick: () => load() }, say("showMore"));
  let offset = 0;
  async function load() {
    const { items, total: count } = await api.itemsIn(path, PAGE, offset);
    learn(items);
    grid.append(...items.map((item) => card(item)));
    offset += items.length;
    more.hidden = !items.length || (count !== undefined ? offset >= count : items.length < PAGE);
  }
  const [picks] = await Promise.all([slateRow("home", say("inAisle"), { category: path, n: 12 }), load()]);
  const way = el("nav", { class: "crumbs", "aria-label": say("category") }, el("a", { href: `/shop/aisle/${about.name}` }, say(`nav_${about.name}`)));
  return [way, sign(iconOf(path), nameOf(known), total([known]), about.tint), picks, grid, el("p", { class: "more" }, more)];
}
