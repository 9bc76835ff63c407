// What the shop says of itself: its currency, and what the receipt of its import says of its data.

import { api } from "./api.js";
import { language, priced, simulate } from "./words.js";

let asked = null;

async function ask() {
  const shop = await api.shop().catch(() => null);
  const data = shop?.data ?? {};
  if (shop) priced(shop.currency);
  simulate(data.simulated === true);
  return data;
}

/** `{ days, about }`: by how many days the imported times were shifted, written out, and what the data are; each "" where
 * nothing was imported, or nothing shifted. From here on the words know whether the data are simulated, and the currency. */
export async function facts() {
  asked ??= ask();
  const { shift_days: days, about, about_zh: zh } = await asked;
  return { days: days ? days.toLocaleString("en") : "", about: (language() === "zh" ? zh : about) ?? "" };
}
