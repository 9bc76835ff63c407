// The dialog in which one chooses to be a household or a guest.

import { api } from "./api.js";
import { el, icon } from "./dom.js";
import { become, isGuest, name } from "./shopper.js";
import { say } from "./words.js";

const dialog = document.getElementById("shoppers");
const FACES = ["basket", "pot", "apple", "bread", "coffee", "flower", "fish", "carrot", "cake", "dog", "cheese", "plant"];
let asked = null;
let chosen = () => {};

// Those that tell something of themselves first: they are easier to tell apart.
const households = () => {
  asked ??= api.users(80).then(({ users }) => [...users.filter(told), ...users.filter((user) => !told(user))].slice(0, 11));
  return asked.catch(() => {
    asked = null;
    return [];
  });
};

const told = ({ traits }) => Object.values(traits ?? {}).some((trait) => !trait.sensitive);

// Only what is not marked sensitive is shown: a shop need not know more to be kind.
function facts({ traits = {} }) {
  const open = Object.fromEntries(Object.entries(traits).filter(([, trait]) => !trait.sensitive).map(([key, trait]) => [key, trait.value]));
  const parts = [];
  if (open.household_size) parts.push(say("persons", { n: open.household_size }));
  if (/owner/i.test(open.home_ownership ?? "")) parts.push(say("owner"));
  else if (/rent/i.test(open.home_ownership ?? "")) parts.push(say("renter"));
  return parts.join(" · ") || say("whoPlain");
}

function choose(user) {
  dialog.close();
  become(user);
  chosen();
}

const choice = (face, title, note, pressed, onclick) => el("button", { type: "button", class: "shopper", "aria-pressed": String(pressed), onclick },
  el("span", { class: "thumb" }, icon(face)), el("span", {}, el("b", {}, title), el("small", {}, note)));

function household(user, at) {
  const face = FACES[(at + 1) % FACES.length];
  return choice(face, say("household", { id: user.id }), facts(user), name() === user.id, () => choose(user.id));
}

export async function openShoppers(then) {
  chosen = then;
  const users = await households();
  document.getElementById("shoppers-list").replaceChildren(
    choice("basket", isGuest() ? say("newGuest") : say("guest"), say("whoGuest"), isGuest(), () => choose(null)),
    ...users.map(household));
  dialog.showModal();
}

document.getElementById("other").addEventListener("submit", (submit) => {
  submit.preventDefault();
  const id = new FormData(submit.target).get("id").trim();
  if (id) choose(id);
});
dialog.addEventListener("click", (click) => click.target === dialog && dialog.close());
