// Pure: how much this device holds, in words. A tablet that holds too much grows slow long before it is full, so it says so
// early. Whether somebody gets a further suite is decided in the office, where the same number of records is the limit.

import { counted } from "./words.js";

/** Records from which a tablet warns, and the most of records, bytes and share of the browser's room that it should hold. */
export const LIMITS = { warn: 5000, records: 20_000, bytes: 250e6, share: 0.5 };

/** @typedef {{records: number, usage: number, quota: number, persisted: boolean}} Room `usage` and `quota` in bytes, 0 where the browser does not tell */

/** @param {Room} room @returns {boolean} whether a further suite is too much */
export const isFull = ({ records, usage, quota }) => records >= LIMITS.records || usage >= LIMITS.bytes || (quota > 0 && usage >= quota * LIMITS.share);

/** @param {Room} room @returns {{good: boolean, words: string, more: string}} */
export function roomWords(room) {
  const { records, usage, quota, persisted } = room;
  const free = Math.max(0, quota - usage);
  const left = free >= 1e9 ? `${(free / 1e9).toFixed(1)} GB free` : `${Math.round(free / 1e6)} MB free`;
  const words = `${persisted ? "Storage kept" : "The browser may clear this storage when the device is full"}, ${left}, ${counted(records, "record", "records")}`;
  const ask = "Ask your administrator whether you need every suite that you have.";
  if (isFull(room)) return { good: false, words, more: `This device holds as much as it should, and has no room for a further suite. What you record is saved as before. ${ask}` };
  if (records >= LIMITS.warn) return { good: false, words, more: `From ${LIMITS.warn.toLocaleString("en-GB")} records on, lists and the first sync grow slow. ${ask}` };
  return { good: persisted && free > 50e6, words, more: "" };
}
