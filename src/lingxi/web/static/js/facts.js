// What the shop says of its data.

import { api } from "./api.js";

let asked = null;

/** By how many days the imported times were shifted, written out; "" where the shop does not say. */
export async function shiftDays() {
  asked ??= api.shop().catch(() => null);
  const days = (await asked)?.data?.shift_days;
  return days ? days.toLocaleString("en") : "";
}
