// The home page: picks, buy again, trending, recently viewed.

import { card, cards, row, slateRow } from "../card.js";
import { el, icon } from "../dom.js";
import { facts } from "../facts.js";
import { itemsOf } from "../items.js";
import { isGuest, name, viewed } from "../shopper.js";
import { chooseHome } from "../story.js";
import { say, short } from "../words.js";

const STILL = ["carrot", "milk", "bread", "apple", "cheese", "coffee", "fish", "flower"];

async function hero() {
  const { days } = await facts();
  const note = [say("helloData"), days && say("helloShift", { n: days })].filter(Boolean).join(" · ");
  return el("section", { class: "hero" },
    el("div", {}, el("h1", {}, isGuest() ? say("helloGuest") : say("helloHousehold", { id: name() })),
      el("p", {}, say("helloNote")), el("small", {}, note)),
    el("div", { class: "still", "aria-hidden": "true" }, STILL.map((drawn) => icon(drawn))));
}

async function picks() {
  const { slate, moves } = await chooseHome("page");
  const noticed = moves.filter(({ from, to }) => from === null || from - to > 2);
  const badges = new Map(noticed.map(({ item, from, to }) => [item, from === null ? "new" : from - to]));
  const grid = el("div", { class: "grid", id: "picks" }, await cards(slate, "home", badges));
  return el("section", { class: "row", id: "row-home", data: { request: slate.request } },
    el("header", { class: "row-head" }, el("h2", {}, say(isGuest() ? "picksGuest" : "picks")),
      el("p", { class: "quiet" }, say("picksNote", { n: slate.picks.length, ms: short(slate.ms) }))),
    grid);
}

async function recent() {
  const ids = viewed();
  if (!ids.length) return null;
  const items = await itemsOf(ids);
  return row(say("viewed"), items.map((item) => card(item)), { id: "row-viewed" });
}

export async function home() {
  return Promise.all([
    hero(),
    picks(),
    isGuest() ? null : slateRow("buy_again", say("againRow"), { link: "/shop/again" }),
    recent(),
    slateRow("trending", say("trending")),
  ]);
}
