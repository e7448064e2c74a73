// Signatures of certificates, tokens and answers about revocation, and which of their algorithms are believed, and
// until when (LOG-45, TRU-25). Everything is computed here: no call leaves the page, and no answer has to be awaited.

import { p256, p384, p521 } from '@noble/curves/nist.js';
import { brainpoolP256r1, brainpoolP384r1, brainpoolP512r1 } from '@noble/curves/misc.js';
import { sha1 } from '@noble/hashes/legacy.js';
import { sha256, sha384, sha512 } from '@noble/hashes/sha2.js';
import { sha3_256, sha3_384, sha3_512 } from '@noble/hashes/sha3.js';
import { bigOf, concat, equal } from './bytes.mjs';
import * as der from './der.mjs';
import { verifyEd25519 } from './ed25519.mjs';
import { microsOf } from './types.mjs';

const SHA2 = '2.16.840.1.101.3.4.2.';
const HASHES = {
  [`${SHA2}1`]: ['sha256', sha256],
  [`${SHA2}2`]: ['sha384', sha384],
  [`${SHA2}3`]: ['sha512', sha512],
  [`${SHA2}8`]: ['sha3_256', sha3_256],
  [`${SHA2}9`]: ['sha3_384', sha3_384],
  [`${SHA2}10`]: ['sha3_512', sha3_512],
  '1.3.14.3.2.26': ['sha1', sha1],
};
const CURVES = {
  '1.2.840.10045.3.1.7': ['p256', p256],
  '1.3.132.0.34': ['p384', p384],
  '1.3.132.0.35': ['p521', p521],
  '1.3.36.3.3.2.8.1.1.7': ['brainpool256', brainpoolP256r1],
  '1.3.36.3.3.2.8.1.1.11': ['brainpool384', brainpoolP384r1],
  '1.3.36.3.3.2.8.1.1.13': ['brainpool512', brainpoolP512r1],
};
const SIGNATURES = {
  '1.2.840.113549.1.1.11': ['rsa', `${SHA2}1`],
  '1.2.840.113549.1.1.12': ['rsa', `${SHA2}2`],
  '1.2.840.113549.1.1.13': ['rsa', `${SHA2}3`],
  '2.16.840.1.101.3.4.3.14': ['rsa', `${SHA2}8`],
  '2.16.840.1.101.3.4.3.15': ['rsa', `${SHA2}9`],
  '2.16.840.1.101.3.4.3.16': ['rsa', `${SHA2}10`],
  '1.2.840.113549.1.1.1': ['rsa', null],
  '1.2.840.113549.1.1.10': ['pss', null],
  '1.2.840.10045.4.3.2': ['ecdsa', `${SHA2}1`],
  '1.2.840.10045.4.3.3': ['ecdsa', `${SHA2}2`],
  '1.2.840.10045.4.3.4': ['ecdsa', `${SHA2}3`],
  '2.16.840.1.101.3.4.3.10': ['ecdsa', `${SHA2}8`],
  '2.16.840.1.101.3.4.3.11': ['ecdsa', `${SHA2}9`],
  '2.16.840.1.101.3.4.3.12': ['ecdsa', `${SHA2}10`],
  '1.2.840.10045.2.1': ['ecdsa', null],
  '1.3.101.112': ['ed25519', null],
};
const RSA_KEY = '1.2.840.113549.1.1.1';
const EC_KEY = '1.2.840.10045.2.1';
const ED_KEY = '1.3.101.112';
const PSS_KEY = '1.2.840.113549.1.1.10';
const LEAST_RSA = 2048;
const MOST_RSA = 16384;

/** Name and function of a hash by its object identifier, or null. */
export function hashOf(oid) {
  const found = HASHES[oid];
  return found ? { name: found[0], hash: found[1] } : null;
}

/** A key: what it is, and what is needed to verify with it, or null where it is not known. */
function keyOf(spki) {
  const [algorithm, bits] = der.need(spki, der.SEQUENCE, 'key').children;
  const [oidNode, parameters] = der.need(algorithm, der.SEQUENCE, 'algorithm').children;
  const oid = der.oidOf(oidNode);
  const bytes = der.bitsOf(bits);
  if (oid === EC_KEY) {
    const curve = CURVES[der.oidOf(parameters)];
    return curve ? { kind: 'ecdsa', name: curve[0], curve: curve[1], bytes } : null;
  }
  if (oid === ED_KEY) return { kind: 'ed25519', name: 'ed25519', bytes };
  if (oid !== RSA_KEY && oid !== PSS_KEY) return null;
  const [n, e] = der.need(der.readDer(bytes), der.SEQUENCE, 'key').children.map(der.integerOf);
  const size = n > 0n ? n.toString(2).length : 0;
  // An exponent beyond 32 bits would only cost time.
  if (size > MOST_RSA || e < 3n || e >= 2n ** 32n || e % 2n === 0n) return null;
  return { kind: 'rsa', name: 'rsa', n, e, size, bits: size, onlyPss: oid === PSS_KEY };
}

function power(base, exponent, modulus) {
  let out = 1n;
  let factor = base % modulus;
  for (let rest = exponent; rest > 0n; rest >>= 1n) {
    if (rest & 1n) out = (out * factor) % modulus;
    factor = (factor * factor) % modulus;
  }
  return out;
}

function rsaBlock(key, signature) {
  const length = Math.ceil(key.size / 8);
  if (signature.length !== length) return null;
  const value = bigOf(signature);
  if (value >= key.n) return null;
  const hex = power(value, key.e, key.n)
    .toString(16)
    .padStart(2 * length, '0');
  return Uint8Array.from(hex.match(/../g), (pair) => parseInt(pair, 16));
}

function derLength(length) {
  if (length < 128) return Uint8Array.of(length);
  return length < 256 ? Uint8Array.of(0x81, length) : Uint8Array.of(0x82, length >> 8, length & 0xff);
}
const derOf = (tag, ...parts) => {
  const body = concat(...parts);
  return concat(Uint8Array.of(tag), derLength(body.length), body);
};

function oidBytes(oid) {
  const numbers = oid.split('.').map(Number);
  const out = [40 * numbers[0] + numbers[1]];
  for (const number of numbers.slice(2)) {
    const groups = [number & 0x7f];
    for (let rest = Math.floor(number / 128); rest > 0; rest = Math.floor(rest / 128)) groups.unshift((rest & 0x7f) | 0x80);
    out.push(...groups);
  }
  return Uint8Array.from(out);
}

/** EMSA-PKCS1-v1_5: the block is built again and compared, so that nothing in it is parsed. */
function pkcs1Holds(block, oid, digest) {
  const nothing = Uint8Array.of(5, 0);
  for (const parameters of [nothing, new Uint8Array()]) {
    const info = derOf(0x30, derOf(0x30, derOf(6, oidBytes(oid)), parameters), derOf(4, digest));
    const padding = block.length - info.length - 3;
    if (padding < 8) return false;
    if (equal(block, concat(Uint8Array.of(0, 1), new Uint8Array(padding).fill(0xff), Uint8Array.of(0), info))) return true;
  }
  return false;
}

function mask(seed, length, hash) {
  const parts = [];
  for (let count = 0, have = 0; have < length; count++) {
    parts.push(hash(concat(seed, Uint8Array.of(0, 0, count >> 8, count & 0xff))));
    have += parts.at(-1).length;
  }
  return concat(...parts).subarray(0, length);
}

/** EMSA-PSS (RFC 8017, 9.1.2). */
function pssHolds(key, block, digest, hash, saltLength) {
  const bits = key.size - 1;
  const em = bits % 8 === 0 ? block.subarray(1) : block;
  const length = digest.length;
  const cut = em.length - length - 1;
  if (cut < saltLength + 1 || em.at(-1) !== 0xbc || (bits % 8 === 0 && block[0] !== 0)) return false;
  const spare = 8 * em.length - bits;
  if (em[0] >> (8 - spare)) return false;
  const h = em.subarray(cut, cut + length);
  const db = mask(h, cut, hash).map((byte, at) => byte ^ em[at]);
  db[0] &= 0xff >> spare;
  const zeros = cut - saltLength - 1;
  if (db.subarray(0, zeros).some((byte) => byte !== 0) || db[zeros] !== 1) return false;
  return equal(hash(concat(new Uint8Array(8), digest, db.subarray(zeros + 1))), h);
}

function pssParameters(node) {
  const found = { hash: null, mgf: null, salt: 20 };
  for (const each of node?.children ?? []) {
    if (each.number === 0) found.hash = der.oidOf(each.children[0].children[0]);
    if (each.number === 1) found.mgf = der.oidOf(each.children[0].children[1].children[0]);
    if (each.number === 2) found.salt = Number(der.integerOf(each.children[0]));
    if (each.number === 3 && der.integerOf(each.children[0]) !== 1n) return null;
  }
  // Where a hash is left out it is SHA-1, which is never taken.
  return found.hash && found.hash === found.mgf && found.salt >= 0 && found.salt <= 2048 ? found : null;
}

/**
 * Verify a signature, by the algorithm that is named beside it and the key of its signer. Returns what it rests on, as
 * a list of algorithms, or null where it does not hold. `digestOid` is the digest of the signer where the algorithm
 * names none (RFC 5652).
 */
export function verifySignature({ algorithm, spki, message, signature, digestOid = null }) {
  return der.orNull(() => {
    const named = SIGNATURES[algorithm.oid];
    const key = keyOf(spki);
    if (!named || !key) return null;
    const kind = named[0] === 'pss' ? 'rsa' : named[0];
    if (kind !== key.kind) return null;
    const own = { algorithm: key.name, bits: key.bits ?? null };
    if (kind === 'ed25519') return verifyEd25519(key.bytes, message, signature) ? [own] : null;
    const pss = named[0] === 'pss' ? pssParameters(algorithm.parameters) : null;
    if ((named[0] === 'pss') !== (pss !== null) || (key.onlyPss && !pss)) return null;
    const oid = pss ? pss.hash : (named[1] ?? digestOid);
    const hash = hashOf(oid);
    if (!hash || hash.name === 'sha1') return null;
    const digest = hash.hash(message);
    const rests = [own, { algorithm: hash.name, bits: null }];
    if (kind === 'ecdsa') return ecdsaHolds(key, signature, digest) ? rests : null;
    const block = rsaBlock(key, signature);
    if (!block) return null;
    const holds = pss ? pssHolds(key, block, digest, hash.hash, pss.salt) : pkcs1Holds(block, oid, digest);
    return holds ? rests : null;
  });
}

function ecdsaHolds(key, signature, digest) {
  try {
    return key.curve.verify(signature, digest, key.bytes, { prehash: false, lowS: false, format: 'der' });
  } catch {
    return false;
  }
}

/** Whether each of these algorithms is believed at an instant: by the trust file, else by what is believed today. */
export function isBelieved(rests, micros, table) {
  return rests.every(({ algorithm, bits }) => {
    if (algorithm === 'rsa' && bits < LEAST_RSA) return false;
    if (table === null) return algorithm !== 'sha1';
    return table.some(
      (row) =>
        row.algorithm === algorithm &&
        ((row.bits ?? null) === null || bits === null || bits >= row.bits) &&
        ((row.until ?? null) === null || micros <= microsOf(row.until)),
    );
  });
}

/** The algorithm of a key by itself, of a root: its signature on itself is not looked at. */
export function keyAlgorithm(spki) {
  const key = der.orNull(() => keyOf(spki));
  return key ? { algorithm: key.name, bits: key.bits ?? null } : null;
}
