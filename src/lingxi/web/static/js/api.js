// The public HTTP API of the shop, and how long it took.

export class Problem extends Error {
  constructor(status, body) {
    super([body?.detail ?? body?.title ?? `HTTP ${status}`, body?.remedy].filter(Boolean).join("; "));
    this.status = status;
  }
}

/** Asks and reads JSON. `ms` is the server's own time where it tells it (Server-Timing), else the way there and back. */
async function ask(path, body) {
  const started = performance.now();
  const sent = body && { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) };
  const answer = await fetch(path, { headers: { accept: "application/json" }, ...sent });
  const json = await answer.json().catch(() => null);
  const ms = timing(answer.headers.get("server-timing")) ?? performance.now() - started;
  if (!answer.ok) throw new Problem(answer.status, json);
  return { ...json, ms };
}

function timing(header) {
  const found = /dur=([\d.]+)/.exec(header ?? "");
  return found ? Number(found[1]) : null;
}

const query = (values) => new URLSearchParams(Object.entries(values).filter(([, value]) => value !== undefined && value !== ""));

export const api = {
  events: (events) => ask("/v1/events", events),
  items: (ids) => ask(`/v1/items?${query({ ids: ids.join(",") })}`),
  itemsIn: (category, limit, offset) => ask(`/v1/items?${query({ category, limit, offset })}`),
  categories: () => ask("/v1/categories"),
  users: (limit) => ask(`/v1/users?${query({ limit })}`),
  shop: () => ask("/v1/shop"),
  models: () => ask("/v1/models"),
  /** A slate of a surface: `items` is its context, `n` its length. */
  recommend: (surface, { who, items = [], ...rest }) => ask(`/v1/recommend/${surface}`, { ...who, items, ...rest }),
};
