// The clock of England for the preview alone: quickjs, in which the server runs it, has no Intl. Summer time runs from the last Sunday
// of March to the last of October, 01:00 UTC. Import it before anything that shows a time.

const DAYS = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
const HOUR = 3600000;

/** @param {number} year @param {number} month 0 to 11 @returns {number} 01:00 UTC on the last Sunday of that month */
function lastSunday(year, month) {
  const last = new Date(Date.UTC(year, month + 1, 0, 1));
  return last.getTime() - last.getUTCDay() * 24 * HOUR;
}

class England {
  /** @param {Date} moment */
  formatToParts(moment) {
    const at = moment.getTime();
    const year = moment.getUTCFullYear();
    const local = new Date(at >= lastSunday(year, 2) && at < lastSunday(year, 9) ? at + HOUR : at);
    const two = (number) => String(number).padStart(2, "0");
    return Object.entries({
      weekday: DAYS[local.getUTCDay()], day: String(local.getUTCDate()), month: String(local.getUTCMonth() + 1), year: String(local.getUTCFullYear()),
      hour: two(local.getUTCHours()), minute: two(local.getUTCMinutes()),
    }).map(([type, value]) => ({ type, value }));
  }
}

if (!("Intl" in globalThis)) Object.assign(globalThis, { Intl: { DateTimeFormat: England } });
