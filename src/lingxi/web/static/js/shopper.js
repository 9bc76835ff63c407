// Who shops in this browser: a guest (a session) or a household (a user); each with a cart and what was looked at.

const KEY = "lingxi.shopper";
const listeners = new Set();

const fresh = () => `g-${crypto.getRandomValues(new Uint32Array(2)).reduce((text, part) => text + part.toString(36), "")}`;
const read = (key, otherwise) => JSON.parse(localStorage.getItem(key) ?? "null") ?? otherwise;
const write = (key, value) => localStorage.setItem(key, JSON.stringify(value));

let shopper = read(KEY, null) ?? keep({ session: fresh() });

function keep(next) {
  write(KEY, next);
  return next;
}

/** `{ user }` or `{ session }`, as events and queries carry it. */
export const who = () => ({ ...shopper });
export const isGuest = () => shopper.user === undefined;
export const name = () => shopper.user ?? shopper.session;

export function become(user) {
  shopper = keep(user ? { user } : { session: fresh() });
  tell();
}

const place = (what) => `lingxi.${what}.${name()}`;

/** The cart as `{ item: quantity }`, in the order in which things were put in. */
export const cart = () => read(place("cart"), {});
export const inCart = (item) => cart()[item] ?? 0;
export const count = () => Object.values(cart()).reduce((sum, quantity) => sum + quantity, 0);

export function setQuantity(item, quantity) {
  const next = cart();
  if (quantity > 0) next[item] = quantity;
  else delete next[item];
  write(place("cart"), next);
  tell();
}

export function emptyCart() {
  write(place("cart"), {});
  tell();
}

/** The newest 24 things that were looked at, newest first. */
export const viewed = () => read(place("viewed"), []);

export function remember(item) {
  write(place("viewed"), [item, ...viewed().filter((each) => each !== item)].slice(0, 24));
}

export const onChange = (listener) => listeners.add(listener);
const tell = () => listeners.forEach((listener) => listener());
