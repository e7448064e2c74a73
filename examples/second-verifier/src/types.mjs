// What a value of a type may be (ENT-22 to ENT-30). Each type is a function that says true or false.

import { fromBase64, fromHex, pointsOf } from './bytes.mjs';
import { isObject } from './json.mjs';

const TEXT = /^[^\u0000-\u0009\u000b-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]*$/u;
const EDGE_BLANK = /^\p{Zs}|\p{Zs}$/u;
const INSTANT = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(\.\d{6})?Z$/;
const DAY = /^(\d{4})-(\d\d)-(\d\d)$/;
const MONTH_DAYS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

export const isText = (value, most = 4000) =>
  typeof value === 'string' && value.length > 0 && value.length <= 2 * most && pointsOf(value) <= most && TEXT.test(value);
export const isLine = (value, most = 300) => isText(value, most) && !value.includes('\n') && !EDGE_BLANK.test(value);
const like = (pattern) => (value) => typeof value === 'string' && pattern.test(value);
export const isName = like(/^[a-z][a-z0-9_]{0,63}$/);
export const isMember = like(/^[A-Za-z0-9][A-Za-z0-9._-]{0,31}$/);
export const isDigest = like(/^[0-9a-f]{64}$/);
export const isIdempotencyKey = like(/^[A-Za-z0-9._:-]{1,64}$/);
export const isBool = (value) => value === true || value === false;
export const isInteger = (least, most) => (value) => Number.isSafeInteger(value) && value >= least && value <= most;
export const isCount = isInteger(0, Number.MAX_SAFE_INTEGER);
export const isHash = (value) => typeof value === 'string' && value.length === 44 && fromBase64(value)?.length === 32;
export const isWeight = (value) => isCount(value) || like(/^(0|[1-9][0-9]{0,39})(\.[0-9]{1,20})?$/)(value);
export const isMonth = (value) => like(/^\d{4}-(0[1-9]|1[0-2])$/)(value) && value >= '1000' && value < '9000';

function isDate(year, month, day) {
  if (year < 1000 || year > 8999 || month < 1 || month > 12 || day < 1) return false;
  const leap = month === 2 && year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 1 : 0;
  return day <= MONTH_DAYS[month - 1] + leap;
}

export function isDay(value) {
  const found = typeof value === 'string' && DAY.exec(value);
  return Boolean(found) && isDate(Number(found[1]), Number(found[2]), Number(found[3]));
}

export function isInstant(value) {
  const found = typeof value === 'string' && INSTANT.exec(value);
  if (!found || !isDate(Number(found[1]), Number(found[2]), Number(found[3]))) return false;
  return Number(found[4]) < 24 && Number(found[5]) < 60 && Number(found[6]) < 60 && found[7] !== '.000000';
}

export const isMoment = (value) => isInstant(value) || isDay(value);
export const isBase64Text = (value) => like(/^[A-Za-z0-9+/]+={0,2}$/)(value) && value.length <= 20_000;
export const isVoteStream = (value) => isLine(value, 320) && /^vote(#[1-9][0-9]{0,3})?:/.test(value);

/** The symbol and round of a vote's stream, or null (ENT-41). */
export function streamParts(stream) {
  const found = /^vote(?:#([1-9][0-9]{0,3}))?:(.+)$/su.exec(stream);
  if (!found || found[1] === '1') return null;
  const round = found[1] ? Number(found[1]) : 1;
  if (round > 1 && /#[0-9]+$/.test(found[2])) return null;
  return { symbol: found[2], round };
}

/** An object with just these fields, each of its type; those of `left` may be left out. */
export const shape =
  (fields, left = []) =>
  (value) => {
    if (!isObject(value)) return false;
    for (const key of Object.keys(value)) if (!Object.hasOwn(fields, key)) return false;
    return Object.keys(fields).every((key) => (key in value ? fields[key](value[key]) : left.includes(key)));
  };
export const listOf =
  (type, least = 0, most = Infinity) =>
  (value) =>
    Array.isArray(value) && value.length >= least && value.length <= most && value.every((each) => type(each));
export const mapOf = (key, type) => (value) => isObject(value) && Object.keys(value).every((k) => key(k) && type(value[k]));
export const orNull = (type) => (value) => value === null || type(value);
export const oneOf =
  (...words) =>
  (value) =>
    words.includes(value);
export const anyOf =
  (...types) =>
  (value) =>
    types.some((type) => type(value));

/** Microseconds since 1970 of an instant, as a BigInt: a Number would lose them. */
export function microsOf(instant) {
  const found = INSTANT.exec(instant);
  const seconds = Date.parse(`${instant.slice(0, 19)}Z`) / 1000;
  return BigInt(seconds) * 1_000_000n + BigInt(found[7] ? Number(found[7].slice(1)) : 0);
}

/** The instant of microseconds since 1970, as it is written. */
export function instantOf(micros) {
  const rest = ((micros % 1_000_000n) + 1_000_000n) % 1_000_000n;
  const seconds = (micros - rest) / 1_000_000n;
  const text = new Date(Number(seconds) * 1000).toISOString().slice(0, 19);
  return rest === 0n ? `${text}Z` : `${text}.${rest.toString().padStart(6, '0')}Z`;
}

export const publicKeyOf = (hex) => fromHex(hex);
