// An item as a picture, and a pick's reason as a sentence.

import { el, icon } from "./dom.js";
import { face } from "./items.js";
import { language } from "./words.js";

/** The picture of an item: its icon on the tint of its aisle, turned a little by its id so that no shelf is uniform. */
export function picture(item, className = "picture") {
  const { icon: drawn, tint, size } = face(item);
  const turn = [...item.id].reduce((sum, letter) => (sum * 31 + letter.charCodeAt(0)) % 997, 7);
  const style = { "--tint": tint, "--turn": `${(turn % 13) - 6}deg`, "--x": `${turn % 80}%`, "--y": `${(turn * 7) % 80}%` };
  return el("span", { class: className, style }, icon(drawn), size && el("span", { class: "size" }, size));
}

export const reasonOf = (pick) => pick?.reason?.[language()] || pick?.reason?.en || "";
