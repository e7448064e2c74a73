// Ed25519 in the one variant that the specification names (ENT-10 to ENT-13).
//
// Libraries differ on signatures that no honest signer makes: points of small order, other spellings of a point, a
// cofactor in the equation. So only the group comes from the library; the equation is here.

import { ed25519 } from '@noble/curves/ed25519.js';
import { bigOf, concat, equal, fromHex, sha256, sha512, toHex } from './bytes.mjs';

const Point = ed25519.Point;
const ORDER = Point.Fn.ORDER;
const DER_PREFIX = fromHex('302a300506032b6570032100');

const littleEndian = (bytes) => bigOf(Uint8Array.from(bytes).reverse());

/** The point that bytes spell in any way, or null. */
function pointOf(bytes) {
  try {
    return Point.fromBytes(bytes, true);
  } catch {
    return null;
  }
}

const isCanonical = (point, bytes) => equal(point.toBytes(), bytes);

// A log is signed by few keys. Those that come again get a table, by which a product takes a sixth of the time.
const MOST_KEYS = 1000;
const MOST_TABLES = 16;
const AGAIN = 4;
const held = new Map();
let tables = 0;

/** The negative of the point of a key, or null where the key is none, or of small order. */
function negativeOf(publicKey) {
  const name = toHex(publicKey);
  let key = held.get(name);
  if (!key) {
    const point = pointOf(publicKey);
    key = { negative: point && !point.isSmallOrder() ? point.negate() : null, uses: 0 };
    if (held.size >= MOST_KEYS) held.clear();
    held.set(name, key);
  }
  if (key.negative && ++key.uses === AGAIN && tables < MOST_TABLES) {
    tables++;
    key.negative.precompute(6);
  }
  return key.negative;
}

/** Whether a signature holds: S < L, and R is the encoding of [S]B - [k]A, byte for byte. */
export function verifyEd25519(publicKey, message, signature) {
  if (publicKey.length !== 32 || signature.length !== 64) return false;
  const rBytes = signature.subarray(0, 32);
  const s = littleEndian(signature.subarray(32));
  const negative = s < ORDER ? negativeOf(publicKey) : null;
  if (!negative) return false;
  const k = littleEndian(sha512(concat(rBytes, publicKey, message))) % ORDER;
  const right = k === 0n ? Point.ZERO : negative.multiplyUnsafe(k);
  const left = s === 0n ? Point.ZERO : Point.BASE.multiplyUnsafe(s);
  const r = left.add(right);
  // What equals an encoding that was made here is canonical; so of R only its order is asked.
  return equal(r.toBytes(), rBytes) && !r.isSmallOrder();
}

/** Whether a key may be enrolled, or sign a log: the canonical encoding of a point of order L (ENT-12). */
export function isStrong(publicKey) {
  if (publicKey.length !== 32) return false;
  const point = pointOf(publicKey);
  return point !== null && isCanonical(point, publicKey) && !point.isSmallOrder() && point.isTorsionFree();
}

/** The id of a key: the SHA-256 of its SubjectPublicKeyInfo, in hex (ENT-13). */
export const keyId = (publicKey) => toHex(sha256(concat(DER_PREFIX, publicKey)));
