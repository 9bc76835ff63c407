// Items by id, asked for together and once.

import { api } from "./api.js";
import { iconOf, aisleOf } from "./icons.js";
import { language } from "./words.js";

const known = new Map();
let wanted = new Set();
let asking = null;

async function fetchWanted() {
  await Promise.resolve(); // lets every row of the page name its items first
  const ids = [...wanted];
  wanted = new Set();
  asking = null;
  for (let start = 0; start < ids.length; start += 100) {
    const { items } = await api.items(ids.slice(start, start + 100));
    learn(items);
  }
}

export function learn(items) {
  for (const item of items) known.set(item.id, item);
}

/** The items of these ids, in their order; an id that the catalog does not hold is a bare stub. */
export async function itemsOf(ids) {
  const missing = ids.filter((id) => !known.has(id));
  if (missing.length) {
    missing.forEach((id) => wanted.add(id));
    asking ??= fetchWanted();
    await asking;
  }
  return ids.map((id) => known.get(id) ?? { id });
}

/** What a card shows of an item, in the spoken language. */
export function face(item) {
  const zh = language() === "zh";
  const whole = (zh && item.title_zh) || item.title || item.id;
  const [title, size] = split(whole, item.attributes?.size);
  const category = item.category ?? "";
  return {
    title, whole, size,
    price: item.price ?? null,
    category: zh ? (item.attributes?.category_zh ?? category) : category,
    icon: iconOf(category + hint(item)),
    tint: aisleOf(category).tint,
    brand: zh ? (BRANDS[item.brand] ?? item.brand) : item.brand,
  };
}

const BRANDS = { "Store brand": "自有品牌", "National brand": "全国品牌" };

// A title ends in its size where the item has one: "Frozen pizza, 22 oz", "冷冻披萨，22 盎司".
function split(whole, size) {
  const found = size ? /^(.*)[,，]\s*([^,，]+)$/.exec(whole) : null;
  return found ? [found[1], found[2]] : [whole, size ?? ""];
}

// "Citrus fruit" needs no title to be drawn; what lies under "Other vegetables" or "Tropical fruit" is told apart by it.
const MIXED = /other|misc|natural|tropical|seasonal|drinks|frozen vegetables|organic|peppers|onions/i;
const hint = (item) => (MIXED.test(item.category ?? "") && item.title ? ` ${item.title}` : "");
