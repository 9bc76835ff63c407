// What the shopper does, sent as events; each act is followed by the home slate that knows it.

import { api } from "./api.js";
import { who, remember, inCart, setQuantity } from "./shopper.js";
import { told } from "./story.js";

/** The event of an act on an item; `shown` says in which slate, where and at which position it was seen. */
const event = (kind, item, shown, rest = {}) => ({
  kind, item, ...who(), channel: "web", ...rest,
  ...(shown && { request: shown.request, position: shown.position, place: shown.place }),
});

/** Sends the events, then tells the story of the last of them. */
async function act(events, kind, item) {
  try {
    const { events: receipts, ms } = await api.events(events);
    await told({ kind, item, ms, receipt: receipts.at(-1) });
  } catch (problem) {
    await told({ kind, item, ms: 0, receipt: { status: "quarantined", reason: problem.message } });
  }
}

export async function view(item, shown) {
  const clicked = shown ? [event("click", item, shown)] : [];
  remember(item);
  await act([...clicked, event("view", item, shown)], "view", item);
}

export async function putInCart(item, quantity, shown, price) {
  const before = inCart(item);
  setQuantity(item, quantity);
  const kind = quantity > before ? "add_to_cart" : "remove_from_cart";
  const rest = { quantity: Math.abs(quantity - before), ...(price !== null && price !== undefined && { price }) };
  await act([event(kind, item, shown, rest)], kind, item);
}

/** The shopper does not want to see it again. */
export const dismiss = (item, shown) => act([event("dismiss", item, shown)], "dismiss", item);

/** One purchase event a line; `lines` are `{ item, quantity, price }`. */
export async function buy(order, lines) {
  const bought = lines.map(({ item, quantity, price }) => event("purchase", item, null, { order, quantity, ...(price && { price }) }));
  await act(bought, "purchase", lines[0].item);
}

let seen = [];
let timer = 0;

// Impressions wait a moment for each other: one call for a screen of cards.
function flush() {
  const batch = seen;
  seen = [];
  timer = 0;
  if (batch.length) api.events(batch).catch(() => {}); // an impression that is lost costs the shopper nothing
}

const watcher = new IntersectionObserver((entries) => {
  for (const entry of entries.filter((each) => each.isIntersecting)) {
    watcher.unobserve(entry.target);
    seen.push(event("impression", entry.target.dataset.item, shownOf(entry.target)));
  }
  timer ||= setTimeout(flush, 400);
}, { threshold: 0.6 });

/** Sends an impression once the card has been on the screen. */
export const watch = (card) => watcher.observe(card);

export const shownOf = (card) => ({
  request: card.dataset.request, position: Number(card.dataset.position), place: card.dataset.place,
});

addEventListener("pagehide", flush);
