// BER and DER (X.690), as far as certificates and tokens need them. Depth and size are bounded by the bytes read.

import { concat } from './bytes.mjs';

export class DerError extends Error {}

const DEEPEST = 48;
const fail = (why) => {
  throw new DerError(why);
};

function lengthAt(bytes, at, limit) {
  if (at >= limit) fail('cut off');
  const first = bytes[at];
  if (first < 0x80) return { length: first, next: at + 1 };
  if (first === 0x80) return { length: -1, next: at + 1 };
  const count = first & 0x7f;
  if (count > 4 || at + 1 + count > limit) fail('a length that is none');
  let length = 0;
  for (let each = 0; each < count; each++) length = length * 256 + bytes[at + 1 + each];
  return { length, next: at + 1 + count };
}

function nodeAt(bytes, at, limit, depth) {
  if (depth > DEEPEST) fail('nested too deep');
  if (at >= limit) fail('cut off');
  const identifier = bytes[at];
  const number = identifier & 0x1f;
  if (number === 0x1f) fail('a tag number above 30');
  const constructed = (identifier & 0x20) !== 0;
  const { length, next } = lengthAt(bytes, at + 1, limit);
  const node = { cls: identifier >> 6, number, constructed, tag: identifier, children: null };
  if (length >= 0) {
    const end = next + length;
    if (end > limit) fail('cut off');
    node.raw = bytes.subarray(at, end);
    node.body = bytes.subarray(next, end);
    if (constructed) {
      node.children = [];
      let inside = next;
      while (inside < end) {
        const child = nodeAt(bytes, inside, end, depth + 1);
        node.children.push(child);
        inside += child.raw.length;
      }
    }
    return node;
  }
  if (!constructed) fail('an indefinite length of what is not constructed');
  node.children = [];
  let inside = next;
  for (;;) {
    if (inside + 2 > limit) fail('cut off');
    if (bytes[inside] === 0 && bytes[inside + 1] === 0) break;
    const child = nodeAt(bytes, inside, limit, depth + 1);
    node.children.push(child);
    inside += child.raw.length;
  }
  node.raw = bytes.subarray(at, inside + 2);
  node.body = bytes.subarray(next, inside);
  return node;
}

/** The one value that bytes are. Throws DerError. */
export function readDer(bytes) {
  const node = nodeAt(bytes, 0, bytes.length, 0);
  if (node.raw.length !== bytes.length) fail('more behind the value');
  return node;
}

export const is = (node, tag) => node !== undefined && node.tag === tag;

export function need(node, tag, what) {
  if (!is(node, tag)) fail(`no ${what}`);
  return node;
}

export const SEQUENCE = 0x30;
export const SET = 0x31;
export const INTEGER = 0x02;
export const OCTETS = 0x04;
export const BITS = 0x03;
export const OID = 0x06;
export const BOOLEAN = 0x01;
export const GENERALIZED_TIME = 0x18;
export const UTC_TIME = 0x17;
/** A tag of context: constructed, or not. */
export const context = (number) => 0xa0 | number;
export const plain = (number) => 0x80 | number;

export function oidOf(node) {
  const { body } = need(node, OID, 'object identifier');
  if (body.length === 0 || body.length > 100 || body.at(-1) & 0x80) fail('an object identifier that is none');
  const parts = [];
  let value = 0n;
  for (const byte of body) {
    value = (value << 7n) | BigInt(byte & 0x7f);
    if (!(byte & 0x80)) {
      parts.push(value);
      value = 0n;
    }
  }
  const first = parts[0] < 40n ? 0n : parts[0] < 80n ? 1n : 2n;
  return [first, parts[0] - 40n * first, ...parts.slice(1)].join('.');
}

export function integerOf(node) {
  const { body } = need(node, INTEGER, 'integer');
  if (body.length === 0 || body.length > 2100) fail('an integer that is none');
  let value = BigInt(`0x${[...body].map((byte) => byte.toString(16).padStart(2, '0')).join('')}`);
  if (body[0] & 0x80) value -= 1n << BigInt(8 * body.length);
  return value;
}

export function booleanOf(node) {
  const { body } = need(node, BOOLEAN, 'boolean');
  if (body.length !== 1) fail('a boolean that is none');
  return body[0] !== 0;
}

/** The bytes of an octet string, also of one in pieces (BER). */
export function octetsOf(node) {
  if (is(node, OCTETS)) return node.body;
  if (node?.tag !== (OCTETS | 0x20)) fail('no octet string');
  return concat(...node.children.map(octetsOf));
}

/** The bytes of a bit string without spare bits. */
export function bitsOf(node) {
  const { body } = need(node, BITS, 'bit string');
  if (body.length === 0 || body[0] !== 0) fail('a bit string with spare bits');
  return body.subarray(1);
}

/** Bits by number, of a bit string with names, such as key usage. */
export function namedBits(node) {
  const { body } = need(node, BITS, 'bit string');
  const found = new Set();
  for (let at = 1; at < body.length && at < 5; at++) {
    for (let bit = 0; bit < 8; bit++) if (body[at] & (0x80 >> bit)) found.add(8 * (at - 1) + bit);
  }
  return found;
}

const UTC = /^(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z$/;
const GENERALIZED = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(?:\.(\d+))?Z$/;

function microsOfParts(year, rest, fraction) {
  const [month, day, hour, minute, second] = rest.map(Number);
  const time = Date.UTC(year, month - 1, day, hour, minute, second);
  const date = new Date(time);
  const real = date.getUTCMonth() === month - 1 && date.getUTCDate() === day && hour < 24 && minute < 60 && second < 60;
  if (!real || year < 1000) fail('a time that there is not');
  return BigInt(time) * 1000n + BigInt((fraction ?? '').slice(0, 6).padEnd(6, '0'));
}

/** A time in microseconds since 1970, and whether it was finer than that. */
export function timeOf(node) {
  const text = node ? String.fromCharCode(...node.body.subarray(0, 64)) : '';
  const utc = is(node, UTC_TIME) ? UTC.exec(text) : null;
  if (utc)
    return { micros: microsOfParts(Number(utc[1]) + (Number(utc[1]) < 50 ? 2000 : 1900), utc.slice(2, 7), ''), finer: false };
  const found = is(node, GENERALIZED_TIME) ? GENERALIZED.exec(text) : null;
  if (!found) fail('no time');
  const fraction = found[7] ?? '';
  return { micros: microsOfParts(Number(found[1]), found.slice(2, 7), fraction), finer: /[1-9]/.test(fraction.slice(6)) };
}

/** What `read` gives, or null where the bytes are not what it expects. */
export function orNull(read) {
  try {
    return read();
  } catch (error) {
    if (error instanceof DerError || error instanceof TypeError || error instanceof RangeError) return null;
    throw error;
  }
}
