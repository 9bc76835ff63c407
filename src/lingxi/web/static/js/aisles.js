// The shop's aisles and their categories, made from the categories that the catalog has.

import { api } from "./api.js";
import { el, icon } from "./dom.js";
import { AISLES, aisleOf, iconOf } from "./icons.js";
import { language, say } from "./words.js";

let asked = null;

/** Every category with its number of items, largest first. */
export function categories() {
  asked ??= api.categories().then((answer) => answer.categories.filter(({ category }) => category).sort((a, b) => b.items - a.items));
  asked.catch(() => (asked = null));
  return asked;
}

export const categoriesOf = async (aisle) => (await categories()).filter(({ category }) => aisleOf(category).name === aisle);

export function showAisles() {
  const link = (aisle) => el("a", { href: `/shop/aisle/${aisle.name}`, style: { "--tint": aisle.tint } },
    el("span", { class: "dot" }, icon(aisle.icon)), el("span", {}, say(`nav_${aisle.name}`)));
  document.getElementById("aisles").replaceChildren(...AISLES.map(link));
}

/** The name of a category in the spoken language. */
export const nameOf = ({ category, category_zh: zh }) => ((language() === "zh" && zh) || category).split(" > ").pop();

const departmentOf = ({ category, category_zh: zh }) => ((language() === "zh" && zh) || category).split(" > ")[0];

export function categoryTile(each) {
  return el("a", { class: "tile", href: `/shop/category/${encodeURIComponent(each.category)}`, style: { "--tint": aisleOf(each.category).tint } },
    icon(iconOf(each.category)), el("span", {}, nameOf(each)), el("small", {}, `${departmentOf(each)} · ${each.items.toLocaleString("en")}`));
}
