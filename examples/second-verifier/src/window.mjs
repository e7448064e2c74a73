// When a vote opens and closes: derived from the opening and the procedure, in the zone that the opening pins.
// Instants are microseconds since 1970, as BigInt; null is what is not known.

import { microsOf } from './types.mjs';
import { dayBounds, instantOfLocal, offsetAt } from './zone.mjs';

const SECOND = 1_000_000n;
const HOUR = 3600n * SECOND;
const DAY = 86_400;
const FARTHEST = 100_000;

export const UNKNOWN = { at: null, earliest: null, latest: null };
export const exactly = (at) => ({ at, earliest: at, latest: at });

/** When voting may have opened. */
export function openingBounds(opensAt, zone) {
  if (opensAt === null) return UNKNOWN;
  if (opensAt.length > 10) return exactly(microsOf(opensAt));
  if (!zone) return UNKNOWN;
  const [first, next] = dayBounds(zone, opensAt);
  return { at: null, earliest: BigInt(first) * SECOND, latest: BigInt(next) * SECOND - 1n };
}

/** An instant in local seconds, its day's midnight, and what is finer than a second. */
function localOf(zone, micros) {
  const rest = ((micros % SECOND) + SECOND) % SECOND;
  const seconds = Number((micros - rest) / SECOND);
  const local = seconds + offsetAt(zone, seconds);
  return { local, rest, midnight: local - (((local % DAY) + DAY) % DAY) };
}

const instant = (zone, local, rest = 0n) => BigInt(instantOfLocal(zone, local)) * SECOND + rest;
const dayName = (midnight) => new Date(midnight * 1000).toISOString().slice(0, 10);

/** Whether a local day is left out by working days. */
function isOff(midnight, { weekend, holidays }) {
  return weekend.has(new Date(midnight * 1000).getUTCDay()) || holidays.has(dayName(midnight));
}

/** The same local time, whole days later; hours that do not make a day are added as they pass. */
function byCalendar(zone, from, hours) {
  const { local, rest } = localOf(zone, from);
  return instant(zone, local + DAY * Math.floor(hours / 24), rest) + BigInt(hours % 24) * HOUR;
}

/** Hours that pass on working days of the local calendar alone. */
function byWorkingDays(zone, from, hours, rules) {
  let left = BigInt(hours) * HOUR;
  let at = from;
  for (let days = 0; days < FARTHEST; days++) {
    const { midnight } = localOf(zone, at);
    const next = instant(zone, midnight + DAY);
    if (!isOff(midnight, rules)) {
      if (at + left <= next) return at + left;
      left -= next - at;
    }
    at = next;
  }
  return null;
}

/** When `hours` hours after an instant are over, by the way of counting. */
export function hoursLater(from, hours, counting, zone, rules) {
  if (from === null || hours === null || hours > 1_000_000) return null;
  if (counting === 'elapsed') return from + BigInt(hours) * HOUR;
  if (!zone) return null;
  if (counting === 'calendar') return byCalendar(zone, from, hours);
  return counting === 'working_days' ? byWorkingDays(zone, from, hours, rules) : null;
}

/** The midnight of the last of `number` days or working days; the first day may be one of them. */
function lastDay(midnight, { number, isFirstCounted }, rules) {
  let left = number;
  let day = midnight;
  const counts = (each) => rules === null || !isOff(each, rules);
  if (isFirstCounted && counts(day)) left--;
  for (let days = 0; left > 0 && days < FARTHEST; days++) {
    day += DAY;
    if (counts(day)) left--;
  }
  return left > 0 ? null : day;
}

/** The midnight of the same day `number` months later, or of the last day of that month. */
function monthsLater(midnight, { number, isFirstCounted }) {
  const date = new Date(midnight * 1000);
  const month = date.getUTCMonth() + number;
  const last = new Date(Date.UTC(date.getUTCFullYear(), month + 1, 0)).getUTCDate();
  const day = Date.UTC(date.getUTCFullYear(), month, Math.min(date.getUTCDate(), last)) / 1000;
  return isFirstCounted ? day - DAY : day;
}

/** When a length is over. At the end of a day that is its last microsecond. */
function lengthLater(from, length, zone, rules) {
  if (from === null || length.number > FARTHEST) return null;
  if (length.unit === 'hours') return from + BigInt(length.number) * HOUR;
  if (!zone) return null;
  const { local, rest, midnight } = localOf(zone, from);
  let day = null;
  if (length.unit === 'days') day = lastDay(midnight, length, null);
  if (length.unit === 'working_days') day = lastDay(midnight, length, rules);
  if (length.unit === 'months') day = monthsLater(midnight, length);
  if (day === null) return null;
  if (length.ends === 'same_time') return instant(zone, day + (local - midnight), rest);
  if (length.ends === 'end_of_day') return instant(zone, day + DAY) - 1n;
  const hour = /^([01]\d|2[0-3]):([0-5]\d)$/.exec(length.ends);
  return hour ? instant(zone, day + 3600 * Number(hour[1]) + 60 * Number(hour[2])) : null;
}

/** When the length of a window that begins at an instant is over. */
export function windowLater(from, rules, counting, zone) {
  return rules.length ? lengthLater(from, rules.length, zone, rules) : hoursLater(from, rules.hours, counting, zone, rules);
}

/** When voting may close, as of the opening. */
export function closeOf(opens, letter, counting, procedure, zone, isDocumented) {
  const rules = procedure.window;
  const isStated = letter.closes_at !== null && (rules.fixedBy === 'letter' || (isDocumented && !procedure.isFirst));
  if (isStated) return exactly(microsOf(letter.closes_at));
  if (rules.fixedBy !== 'procedure' || rules.startsAtReply) return UNKNOWN;
  const after = (from) => windowLater(from, rules, counting, zone);
  return { at: after(opens.at), earliest: after(opens.earliest), latest: after(opens.latest) };
}

/** A window that is so much longer. */
export function longer(window, by) {
  const add = (at) => (at === null ? null : at + by);
  return { at: add(window.at), earliest: add(window.earliest), latest: add(window.latest) };
}
