// The shop opens: addresses to pages, the header, who shops, the language.

import { showAisles } from "./aisles.js";
import { shownOf } from "./acts.js";
import { el } from "./dom.js";
import { facts } from "./facts.js";
import { follow, onSwap, showModel } from "./model.js";
import { again } from "./pages/again.js";
import { aisle, category } from "./pages/aisle.js";
import { cartPage } from "./pages/cart.js";
import { home } from "./pages/home.js";
import { product } from "./pages/product.js";
import { count, isGuest, name, onChange } from "./shopper.js";
import { openShoppers } from "./shoppers.js";
import { forget, tell } from "./story.js";
import { language, relabel, say, speak } from "./words.js";

const PAGES = [
  [/^\/$/, home], [/^\/shop\/again$/, again], [/^\/shop\/cart$/, cartPage],
  [/^\/shop\/aisle\/([^/]+)$/, aisle], [/^\/shop\/category\/([^/]+)$/, category], [/^\/shop\/item\/([^/]+)$/, product],
];
const main = document.getElementById("main");
const RETRY = 3000; // ms until a shop that did not answer is asked again
let turn = 0; // the newest page asked for; an older one that arrives late is thrown away

/** Shows the page of the address. `come` is how: `{ shown }` where a card of a slate was clicked, `first` on arrival,
 * `quiet` for a redraw. */
async function show(come = {}) {
  const mine = ++turn;
  const address = location.pathname;
  main.setAttribute("aria-busy", "true");
  const made = await open(address, come).catch((problem) => {
    setTimeout(() => mine === turn && show({ ...come, quiet: true }), RETRY);
    return sorry(problem);
  });
  if (mine !== turn) return;
  main.replaceChildren(...made.filter(Boolean));
  main.setAttribute("aria-busy", "false");
  document.title = `${main.querySelector("h1")?.textContent ?? say("home")} · Lingxi 灵犀`;
  for (const link of document.querySelectorAll(".top nav a")) mark(link, address);
  if (!come.quiet && !come.first) {
    scrollTo({ top: 0 });
    main.focus({ preventScroll: true });
  }
}

const sorry = (problem) => [
  el("div", { class: "empty", role: "alert" }, el("p", {}, say("offline", { why: problem.message }))),
];

async function open(address, come) {
  await facts();
  for (const [pattern, page] of PAGES) {
    const found = pattern.exec(address);
    if (found) return page(found[1] && decodeURIComponent(found[1]), come);
  }
  return [el("div", { class: "empty" }, el("h1", {}, say("lost")), el("p", {}, say("lostNote")))];
}

function mark(link, address) {
  if (link.getAttribute("href") === address) link.setAttribute("aria-current", "page");
  else link.removeAttribute("aria-current");
}

function follows(click) {
  const link = click.target.closest("a[href^='/']");
  if (!link || link.target || click.ctrlKey || click.metaKey || click.shiftKey || click.button) return;
  click.preventDefault();
  const from = link.closest(".card[data-request]");
  history.pushState({}, "", link.getAttribute("href"));
  show(from ? { shown: shownOf(from) } : {});
}

function header() {
  document.querySelector("#who span").textContent = isGuest() ? say("guest") : say("household", { id: name() });
  document.getElementById("who").classList.toggle("known", !isGuest());
  document.getElementById("count").textContent = String(count());
  for (const button of document.querySelectorAll("[data-language]")) {
    button.setAttribute("aria-pressed", String(button.dataset.language === language()));
  }
}

function relanguage(code) {
  speak(code);
  relabel();
  header();
  showAisles();
  showNote();
  tell();
  showModel();
}

async function showNote() {
  const { days, about } = await facts();
  const said = [say("data", { about }), days && say("shifted", { n: days })];
  document.getElementById("data").textContent = said.filter(Boolean).join(language() === "zh" ? "" : " ");
  relabel();
  header();
}

function notice(text) {
  const box = document.getElementById("notice");
  box.textContent = text;
  box.classList.add("up");
  setTimeout(() => box.classList.remove("up"), 6000);
}

function grip() {
  const button = document.querySelector(".grip");
  const open = document.getElementById("story").classList.toggle("open");
  button.setAttribute("aria-expanded", String(open));
}

document.addEventListener("click", follows);
document.getElementById("who").addEventListener("click", () => openShoppers(async () => {
  header();
  await forget();
  history.pushState({}, "", "/");
  show();
}));
document.querySelector(".tongue").addEventListener("click", ({ target }) => {
  if (!target.dataset.language) return;
  relanguage(target.dataset.language);
  show({ quiet: true });
});
document.querySelector(".grip").addEventListener("click", grip);
addEventListener("popstate", () => show());
onChange(header);
onSwap(() => {
  notice(say("took"));
  if (location.pathname === "/") show({ quiet: true });
});
relanguage(language());
show({ first: true });
follow();
