// The side panel: the story of the last click, what moved and why, and who is choosing.

import { api } from "./api.js";
import { picture, reasonOf } from "./picture.js";
import { el, sign, SIGNS } from "./dom.js";
import { face, itemsOf } from "./items.js";
import { name, who } from "./shopper.js";
import { say, short } from "./words.js";

export const N = 20;
const slates = new Map(); // by shopper and watcher ("story", "page"): the home slate that it saw last
let last = null; // the story that is shown, kept so that it can be told again in the other language

const box = (id) => document.getElementById(id);

/** A home slate for who shops now, compared with the one that the same watcher saw before. */
export async function chooseHome(watcher) {
  const key = `${watcher} ${name()}`;
  const slate = await api.recommend("home", { who: who(), n: N });
  const before = slates.get(key) ?? null;
  slates.set(key, slate);
  if (!slates.has(`story ${name()}`)) slates.set(`story ${name()}`, slate);
  return { slate, before, moves: compare(before, slate) };
}

/** What a new slate brings up: `{ item, from, to }` by place (1-based), `from` null for what was not there. */
export function compare(before, after) {
  if (!before) return [];
  const places = new Map(before.picks.map((pick, place) => [pick.item, place + 1]));
  return after.picks
    .map((pick, place) => ({ pick, item: pick.item, from: places.get(pick.item) ?? null, to: place + 1 }))
    .filter(({ from, to }) => from === null || from !== to);
}

/** Told of an act and its receipt: chooses the home slate that knows it and shows what changed. */
export async function told({ kind, item, ms, receipt }) {
  const { slate, before, moves } = await chooseHome("story");
  const left = before ? before.picks.filter((pick) => !slate.picks.some((now) => now.item === pick.item)).length : 0;
  last = { kind, item, ms, receipt, slate, moves, left };
  await tell();
}

export async function tell() {
  if (!last) {
    box("last").replaceChildren(el("p", { class: "story-wait" }, sign(SIGNS.bolt), say("storyWait")));
    box("moved").replaceChildren();
    box("story-short").textContent = "";
    return;
  }
  const risen = last.moves.filter(({ from, to }) => from === null || from > to);
  const shown = [...risen.filter((move) => move.from === null), ...risen.filter((move) => move.from !== null)].slice(0, 5);
  const items = await itemsOf([last.item, ...shown.map((move) => move.item)]);
  box("story-short").textContent = say("storyShort", { a: short(last.ms), b: short(last.slate.ms), n: last.moves.length });
  box("last").replaceChildren(...timeline(last, items[0]));
  box("moved").replaceChildren(...movements(last, shown, items.slice(1)));
  box("story").classList.remove("told");
  requestAnimationFrame(() => box("story").classList.add("told"));
}

/** Another shopper: what the last one did is no longer the story. */
export function forget() {
  last = null;
  return tell();
}

function step(drawn, label, value, unit, note) {
  return el("li", {}, sign(drawn), el("span", { class: "step-label" }, label, el("small", {}, note)),
    el("b", {}, value, unit && el("small", {}, ` ${unit}`)));
}

function timeline({ kind, ms, receipt, slate, moves }, item) {
  const stored = receipt.seq !== undefined;
  return [
    el("h3", {}, say("lastClick")),
    el("p", { class: "did" }, picture(item, "thumb"), el("span", {}, el("small", {}, say(`did_${kind}`)), face(item).title)),
    stored
      ? el("ol", { class: "steps" },
        step(SIGNS.disk, say("stored"), short(ms), say("ms"), say("storedNote", { seq: receipt.seq.toLocaleString("en") })),
        step(SIGNS.bolt, say("chosen"), short(slate.ms), say("ms"), say("chosenNote", { seq: slate.seq.toLocaleString("en") })),
        step(SIGNS.shuffle, say("movedStep"), String(moves.length), "", say("movedNote", { n: slate.picks.length })))
      : el("p", { class: "warn" }, say("notStored", { why: receipt.reason ?? receipt.status })),
  ];
}

function movements({ left, slate }, shown, items) {
  const line = (move, item) => el("li", {},
    el("a", { href: `/shop/item/${encodeURIComponent(item.id)}` }, picture(item, "thumb"),
      el("span", {}, el("b", {}, face(item).title), el("small", {}, reasonOf(move.pick))),
      el("em", { class: move.from === null ? "new" : "up" }, say(move.from === null ? "enters" : "rises", move))));
  return [
    el("h3", {}, say("movedTitle")),
    shown.length ? el("ul", { class: "moves" }, shown.map((move, at) => line(move, items[at]))) : el("p", { class: "quiet" }, say("movedNone")),
    left > 0 && el("p", { class: "quiet" }, say("left", { n: left })),
    el("a", { class: "more-of-it", href: `/v1/slates/${slate.request}`, target: "_blank", rel: "noopener" }, say("account")),
  ].filter(Boolean);
}
