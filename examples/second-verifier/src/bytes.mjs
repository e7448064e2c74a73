// Bytes, text and base64. Nothing here knows what the bytes mean.

import { sha256 as hash256, sha512 as hash512 } from '@noble/hashes/sha2.js';

const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));
const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
const VALUES = new Int16Array(128).fill(-1);
for (let at = 0; at < 64; at++) VALUES[LETTERS.charCodeAt(at)] = at;

export const sha256 = (bytes) => hash256(bytes);
export const sha512 = (bytes) => hash512(bytes);

export function toHex(bytes) {
  let out = '';
  for (const byte of bytes) out += HEX[byte];
  return out;
}

export function fromHex(text) {
  if (text.length % 2 || !/^[0-9a-fA-F]*$/.test(text)) return null;
  const out = new Uint8Array(text.length / 2);
  for (let at = 0; at < out.length; at++) out[at] = parseInt(text.slice(2 * at, 2 * at + 2), 16);
  return out;
}

/** Bytes of base64 with padding (RFC 4648, section 4), or null: other spellings of the same bytes are refused. */
export function fromBase64(text) {
  if (text.length % 4) return null;
  let padding = 0;
  if (text.endsWith('==')) padding = 2;
  else if (text.endsWith('=')) padding = 1;
  const letters = text.length - padding;
  const out = new Uint8Array((text.length / 4) * 3 - padding);
  let bits = 0;
  let held = 0;
  let next = 0;
  for (let at = 0; at < letters; at++) {
    const code = text.charCodeAt(at);
    const value = code < 128 ? VALUES[code] : -1;
    if (value < 0) return null;
    held = ((held << 6) | value) & 0xffff;
    bits += 6;
    if (bits >= 8) {
      bits -= 8;
      out[next++] = (held >> bits) & 0xff;
    }
  }
  // Spare bits must be zero, else two texts would encode the same bytes.
  if (held & ((1 << bits) - 1)) return null;
  return out;
}

export function toBase64(bytes) {
  let out = '';
  for (let at = 0; at < bytes.length; at += 3) {
    const three = (bytes[at] << 16) | ((bytes[at + 1] ?? 0) << 8) | (bytes[at + 2] ?? 0);
    out += LETTERS[three >> 18] + LETTERS[(three >> 12) & 63];
    out += at + 1 < bytes.length ? LETTERS[(three >> 6) & 63] : '=';
    out += at + 2 < bytes.length ? LETTERS[three & 63] : '=';
  }
  return out;
}

/** The text of bytes in UTF-8, or null. A byte order mark stays in it, so that it is seen. */
export function fromUtf8(bytes) {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return null;
  }
}

const encoder = new TextEncoder();
export const toUtf8 = (text) => encoder.encode(text);

export function concat(...parts) {
  const out = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}

export function equal(left, right) {
  if (left.length !== right.length) return false;
  for (let at = 0; at < left.length; at++) if (left[at] !== right[at]) return false;
  return true;
}

/** Order of two texts by code points, as UTF-8 bytes have it. JavaScript's own order is by UTF-16 units. */
export function compareText(left, right) {
  const a = toUtf8(left);
  const b = toUtf8(right);
  const shared = Math.min(a.length, b.length);
  for (let at = 0; at < shared; at++) if (a[at] !== b[at]) return a[at] - b[at];
  return a.length - b.length;
}

/** How many code points a text has. */
export function pointsOf(text) {
  let count = 0;
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    if (unit < 0xdc00 || unit > 0xdfff) count++;
  }
  return count;
}

/** A big-endian number of up to eight bytes. */
export function bigOf(bytes) {
  let out = 0n;
  for (const byte of bytes) out = (out << 8n) | BigInt(byte);
  return out;
}

export function u64(value) {
  const out = new Uint8Array(8);
  new DataView(out.buffer).setBigUint64(0, BigInt(value));
  return out;
}
