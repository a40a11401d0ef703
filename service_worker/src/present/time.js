// Times and dates in words: 24-hour with the weekday, always in the service's own zone, whatever the tablet is set to.
// Pure: the moment "now" is passed in.

const ZONE = "Europe/London";
const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const FORMAT = new Intl.DateTimeFormat("en-GB", {
  timeZone: ZONE, weekday: "short", day: "numeric", month: "numeric", year: "numeric",
  hour: "2-digit", minute: "2-digit", hourCycle: "h23",
});

/** @param {string|number|Date} moment @returns {{[part: string]: string}} the parts of a moment on the service's own clock */
function parts(moment) {
  /** @type {{[part: string]: string}} */
  const found = {};
  for (const part of FORMAT.formatToParts(new Date(moment))) found[part.type] = part.value;
  return found;
}

/** @param {string|number|Date} moment @returns {string} `2026-11-12T13:24:05Z`: the shape in which records keep every time */
export function isoSeconds(moment) {
  return new Date(moment).toISOString().replace(/\.\d{3}Z$/, "Z");
}

/** @param {string|number|Date|null|undefined} moment @returns {string} "13:24" */
export function clock(moment) {
  if (!moment) return "";
  const p = parts(moment);
  return `${p.hour}:${p.minute}`;
}

/** @param {string|number|Date|null|undefined} moment @returns {string} "Thu 12 Nov" */
export function day(moment) {
  if (!moment) return "";
  const p = parts(moment);
  return `${p.weekday} ${Number(p.day)} ${MONTHS[Number(p.month) - 1]}`;
}

const LONG = new Intl.DateTimeFormat("en-GB", { timeZone: ZONE, weekday: "long", day: "numeric", month: "long" });

/** @param {string|number|Date} moment @returns {string} "Thursday 12 November", for the lock screen */
export function dayLong(moment) {
  const p = Object.fromEntries(LONG.formatToParts(new Date(moment)).map((part) => [part.type, part.value]));
  return `${p.weekday} ${Number(p.day)} ${p.month}`;
}

/** @param {string|number|Date|null|undefined} moment @returns {string} "Thu 12 Nov 13:24" */
export function dayAndClock(moment) {
  return moment ? `${day(moment)} ${clock(moment)}` : "";
}

/**
 * The clock alone on the same day, otherwise with its day: a bare "02:10" must never be read as today's.
 * @param {string|null|undefined} moment @param {string|number|Date} now @returns {string}
 */
export function clockNear(moment, now) {
  if (!moment) return "";
  return day(moment) === day(now) ? clock(moment) : dayAndClock(moment);
}

/** @param {string|null|undefined} date `YYYY-MM-DD` @returns {string} "14 Aug 1987" */
export function plainDate(date) {
  const match = /^([0-9]{4})-([0-9]{2})-([0-9]{2})$/.exec(date ?? "");
  return match ? `${Number(match[3])} ${MONTHS[Number(match[2]) - 1]} ${match[1]}` : "";
}

/**
 * @param {string|null|undefined} date `YYYY-MM-DD` @param {string|number|Date} now
 * @returns {string} "14 Aug 1987 (39)", or "date of birth not known"
 */
export function born(date, now) {
  const words = plainDate(date);
  if (!words) return "Date of birth not known";
  const [year, month, dayOfMonth] = /** @type {string} */ (date).split("-").map(Number);
  const today = parts(now);
  const before = Number(today.month) < month || (Number(today.month) === month && Number(today.day) < dayOfMonth);
  return `${words} (${Number(today.year) - year - (before ? 1 : 0)})`;
}

/**
 * How long someone has been held. An aid only: the custody record is the true clock.
 * @param {string|null|undefined} from @param {string|number|Date} now
 * @returns {{text: string, hours: number}} "20 h 05"; hours as a number for the bar
 */
export function held(from, now) {
  if (!from) return { text: "not known", hours: 0 };
  const minutes = Math.max(0, Math.floor((new Date(now).getTime() - new Date(from).getTime()) / 60000));
  return { text: `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, "0")}`, hours: minutes / 60 };
}

/** Three typed boxes to `YYYY-MM-DD`. @param {string} d @param {string} m @param {string} y @returns {string|null} null when no such day */
export function dateFromBoxes(d, m, y) {
  if (!/^[0-9]{1,2}$/.test(d.trim()) || !/^[0-9]{1,2}$/.test(m.trim()) || !/^[0-9]{4}$/.test(y.trim())) return null;
  const text = `${y.trim()}-${m.trim().padStart(2, "0")}-${d.trim().padStart(2, "0")}`;
  const moment = new Date(`${text}T00:00:00Z`);
  return !Number.isNaN(moment.getTime()) && moment.toISOString().startsWith(text) ? text : null;
}

/**
 * A typed time ("1321", "13:21", "9.05") on today's date, as an instant. A time later than now is yesterday's.
 * @param {string} typed @param {string|number|Date} now @returns {string|null}
 */
export function instantFromClock(typed, now) {
  const match = /^([0-9]{1,2})[:. ]?([0-9]{2})$/.exec(typed.trim());
  if (!match || Number(match[1]) > 23 || Number(match[2]) > 59) return null;
  const today = parts(now);
  const apart = (Number(match[1]) - Number(today.hour)) * 60 + Number(match[2]) - Number(today.minute);
  const base = Math.floor(new Date(now).getTime() / 60000) * 60000 + apart * 60000;
  return isoSeconds(apart > 0 ? base - 24 * 3600000 : base);
}

/** @param {string|number|Date} moment @returns {string} `YYYY-MM-DD` of that moment on the service's own clock */
export function wallDate(moment) {
  const p = parts(moment);
  return `${p.year}-${p.month.padStart(2, "0")}-${p.day.padStart(2, "0")}`;
}

/**
 * What forms take for "now": the moment as the service's own clock tells it, so that today is the same day in a rule, on the page and on the server.
 * @param {string|number|Date} moment @returns {string} "2026-07-01T00:30:00+01:00"
 */
export function withOffset(moment) {
  const p = parts(moment);
  const at = Math.floor(new Date(moment).getTime() / 1000) * 1000;
  const wall = Date.UTC(Number(p.year), Number(p.month) - 1, Number(p.day), Number(p.hour), Number(p.minute));
  const minutes = Math.round((wall - Math.floor(at / 60000) * 60000) / 60000);
  const digits = (number) => String(number).padStart(2, "0");
  return `${new Date(at + minutes * 60000).toISOString().slice(0, 19)}${minutes < 0 ? "-" : "+"}${digits(Math.floor(Math.abs(minutes) / 60))}:${digits(Math.abs(minutes) % 60)}`;
}

/** A day and a time on the service's own clock, as an instant; null where that clock never shows them. @param {string} date @param {string} time `hh:mm` */
export function instantOn(date, time) {
  const wanted = `${date} ${time}`;
  // At most an hour lies between that clock and UTC.
  for (const hours of [0, 1]) {
    const moment = new Date(Date.parse(`${date}T${time}:00Z`) - hours * 3600000);
    if (!Number.isNaN(moment.getTime()) && `${wallDate(moment)} ${clock(moment)}` === wanted) return isoSeconds(moment);
  }
  return null;
}
