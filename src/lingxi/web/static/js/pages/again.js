// What this shopper buys again and again, what is due first.

import { api } from "../api.js";
import { cards } from "../card.js";
import { el, icon } from "../dom.js";
import { who } from "../shopper.js";
import { say, short } from "../words.js";

export async function again() {
  const slate = await api.recommend("buy_again", { who: who(), n: 40 });
  const note = say("picksNote", { n: slate.picks.length, ms: short(slate.ms) });
  const head = el("section", { class: "signboard", style: { "--tint": "#f4e6da" } }, icon("basket"),
    el("div", {}, el("h1", {}, say("again")), el("p", {}, note)));
  if (!slate.picks.length) return [head, el("p", { class: "empty" }, say("emptyAgain"))];
  return [head, el("div", { class: "grid" }, await cards(slate, "buy_again"))];
}
