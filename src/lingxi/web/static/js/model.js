// The panel's last part: which model serves, how training goes, what the gate found.

import { api } from "./api.js";
import { el, sign, SIGNS } from "./dom.js";
import { say } from "./words.js";

const DAY = 86_400_000_000; // µs
let state = null;
const listeners = new Set();

/** Called when another model has gone live. */
export const onSwap = (listener) => listeners.add(listener);

/** Asks how models stand, again and again: every 2 s while one is trained, every 8 s otherwise. */
export async function follow() {
  const before = state?.live;
  state = await api.models().catch(() => state);
  // A redraw would take the focus away from who reads here with the keyboard.
  if (!document.getElementById("model").contains(document.activeElement)) showModel();
  if (before !== undefined && state?.live && state.live !== before) listeners.forEach((listener) => listener());
  setTimeout(follow, state?.training?.state === "running" || !state?.live ? 2000 : 8000);
}

export function showModel() {
  if (!state) return;
  const live = (state.models ?? []).find((model) => model.id === state.live);
  const newest = [...(state.models ?? [])].filter((model) => model.judged).sort((a, b) => b.created - a.created)[0];
  const parts = [
    el("h3", {}, say("modelTitle")), serving(live),
    state.training && training(state.training),
    newest && gate(newest),
  ];
  document.getElementById("model").replaceChildren(...parts.filter(Boolean));
}

function serving(live) {
  const seq = live?.seq?.toLocaleString("en");
  const note = state.live ? say("modelLive", { name: live?.recipe.model ?? "", seq }) : say("modelNoneNote");
  return el("p", { class: state.live ? "serving live" : "serving" }, sign(SIGNS.brain),
    el("span", {}, el("b", {}, state.live ?? say("modelNone")), el("small", {}, note)));
}

const figure = (value) => (Math.abs(value) >= 1000 ? Math.round(value).toLocaleString("en") : Number(value).toPrecision(3));

// The stages of `lingxi train`, in order; what fits none of them belongs to the judging.
const STAGES = ["snapshot", "fit1", "blend", "fit2", "judge", "fit3", "publish"];
const stageOf = (stage) => (stage === "start" ? "snapshot" : (STAGES.find((name) => stage.replace("fit ", "fit").startsWith(name)) ?? "judge"));

function training({ stage, done, figures = {}, state: now, error }) {
  if (now === "failed") return el("p", { class: "warn" }, `${say("trainingFailed")}: ${error ?? stage}`);
  if (now === "done") return null;
  const name = stageOf(stage);
  const at = STAGES.indexOf(name);
  const percent = Math.round(100 * (done ?? 0));
  const part = (leg) => (leg < at ? 100 : leg === at ? percent : 0);
  const known = Object.entries(figures).filter(([, value]) => typeof value === "number").slice(0, 3);
  const whole = String(Math.round((100 * at + percent) / STAGES.length));
  const bar = {
    class: "legs", role: "progressbar", "aria-label": say("training"),
    "aria-valuenow": whole, "aria-valuemin": "0", "aria-valuemax": "100",
  };
  return el("div", { class: "training" },
    el("p", {}, el("b", {}, say("training")), el("span", {}, `${at + 1} / ${STAGES.length}`)),
    el("div", bar, STAGES.map((_, leg) => el("i", { style: { "--done": `${part(leg)}%` } }))),
    el("p", { class: "figures" }, el("span", {}, `${say(`stage_${name}`)}${percent ? ` · ${percent} %` : ""}`),
      known.map(([label, value]) => el("span", {}, `${label.replaceAll("_", " ")} `, el("b", {}, figure(value))))));
}

const signed = (value) => (value >= 0 ? "+" : "−") + Math.abs(value).toFixed(4);

function gate({ id, judged }) {
  const { difference } = judged;
  const report = `/v1/models/${encodeURIComponent(id)}/report`;
  const cell = (label, value) => el("div", {}, el("dt", {}, say(label)), el("dd", {}, value));
  return el("div", { class: judged.passed ? "gate passed" : "gate refused" },
    el("p", {}, el("b", {}, say(judged.passed ? "passed" : "refused")),
      el("small", {}, say("gateNote", { n: judged.shoppers.toLocaleString("en"), d: Math.round((judged.until - judged.since) / DAY) }))),
    el("dl", {},
      cell("champion", judged.champion_value.toFixed(3)), cell("challenger", judged.challenger_value.toFixed(3)),
      cell("difference", signed(difference.estimate)), cell("interval", `${signed(difference.low)} … ${signed(difference.high)}`)),
    !judged.passed && judged.reason && el("small", {}, judged.reason),
    el("a", { class: "more-of-it", href: report, target: "_blank", rel: "noopener" }, say("report")));
}
