// A timestamp token (RFC 3161): CMS signed data around a TSTInfo, and whether it holds for an authority.

import { hashOf, isBelieved, verifySignature } from './algorithms.mjs';
import { equal, toHex } from './bytes.mjs';
import { findPath, generalName } from './chain.mjs';
import * as der from './der.mjs';
import {
  algorithmOf,
  basicConstraintsOf,
  DIGITAL_SIGNATURE,
  extendedUsageOf,
  extensionOf,
  keyUsageOf,
  namesOf,
  nameText,
  NON_REPUDIATION,
  readCertificate,
  subjectKeyIdOf,
  TIME_STAMPING,
} from './x509.mjs';

const LARGEST = 256 * 1024;
const MOST_CERTIFICATES = 64;
const SIGNED_DATA = '1.2.840.113549.1.7.2';
const TST_INFO = '1.2.840.113549.1.9.16.1.4';
const CONTENT_TYPE = '1.2.840.113549.1.9.3';
const MESSAGE_DIGEST = '1.2.840.113549.1.9.4';
const SIGNING_CERTIFICATE = '1.2.840.113549.1.9.16.2.12';
const SIGNING_CERTIFICATE_V2 = '1.2.840.113549.1.9.16.2.47';
const SHA1 = '1.3.14.3.2.26';
const SHA256 = '2.16.840.1.101.3.4.2.1';
const IMPRINTS = new Set(['sha256', 'sha384', 'sha512']);
const GEN_TIME = /^\d{14}(\.\d+)?Z$/;

const fail = (why) => {
  throw new der.DerError(why);
};

function imprintOf(node) {
  const [algorithm, digest] = der.need(node, der.SEQUENCE, 'imprint').children;
  return { oid: algorithmOf(algorithm).oid, digest: der.octetsOf(digest) };
}

function accuracyOf(node) {
  let total = 0n;
  for (const each of node.children) {
    const value = der.integerOf({ ...each, tag: der.INTEGER });
    const factor = { [der.INTEGER]: 1_000_000n, [der.plain(0)]: 1000n, [der.plain(1)]: 1n }[each.tag];
    if (factor === undefined || value < 0n || (factor !== 1_000_000n && (value < 1n || value > 999n)))
      fail('an accuracy that is none');
    total += value * factor;
  }
  return total;
}

function readInfo(bytes) {
  const parts = [...der.need(der.readDer(bytes), der.SEQUENCE, 'TSTInfo').children];
  if (der.integerOf(parts.shift()) !== 1n) fail('another version of TSTInfo');
  const policy = der.oidOf(parts.shift());
  const imprint = imprintOf(parts.shift());
  der.integerOf(parts.shift());
  const time = der.need(parts.shift(), der.GENERALIZED_TIME, 'genTime');
  if (!GEN_TIME.test(String.fromCharCode(...time.body.subarray(0, 64)))) fail('a genTime that is none');
  const info = { policy, imprint, ...der.timeOf(time), accuracy: null, nonce: null, tsa: null };
  if (der.is(parts[0], der.SEQUENCE)) info.accuracy = accuracyOf(parts.shift());
  if (der.is(parts[0], der.BOOLEAN)) der.booleanOf(parts.shift());
  if (der.is(parts[0], der.INTEGER)) info.nonce = der.integerOf(parts.shift());
  if (der.is(parts[0], der.context(0))) info.tsa = generalName(parts.shift().children[0]);
  if (der.is(parts[0], der.context(1))) {
    for (const each of parts.shift().children) {
      if (der.is(each.children[1], der.BOOLEAN) && der.booleanOf(each.children[1])) fail('a critical extension');
    }
  }
  if (parts.length) fail('more in TSTInfo than is known');
  return info;
}

function attributesOf(node) {
  const found = new Map();
  for (const each of node.children) {
    const [oid, values] = der.need(each, der.SEQUENCE, 'attribute').children;
    const name = der.oidOf(oid);
    if (found.has(name)) fail('an attribute is there twice');
    found.set(name, der.need(values, der.SET, 'values').children);
  }
  return found;
}

const only = (attributes, name) => {
  const values = attributes.get(name);
  return values?.length === 1 ? values[0] : null;
};

/** The certificates that can be read. What nobody has signed there, and cannot be read, does not matter. */
function certificatesIn(nodes) {
  if (nodes.length > MOST_CERTIFICATES) fail('more certificates than are read');
  return nodes
    .filter((node) => der.is(node, der.SEQUENCE))
    .map((node) => der.orNull(() => readCertificate(node.raw)))
    .filter(Boolean);
}

function signerOf(node) {
  const parts = [...der.need(node, der.SEQUENCE, 'signer').children];
  der.integerOf(parts.shift());
  const id = parts.shift();
  const digest = algorithmOf(parts.shift());
  const attributes = der.need(parts.shift(), der.context(0), 'signed attributes');
  return { id, digest, attributes, algorithm: algorithmOf(parts.shift()), signature: der.octetsOf(parts.shift()) };
}

/** The parts of a token. Throws DerError. */
function parseToken(bytes) {
  if (bytes.length > LARGEST) fail('larger than 256 KiB');
  const [type, content] = der.need(der.readDer(bytes), der.SEQUENCE, 'content').children;
  if (der.oidOf(type) !== SIGNED_DATA) fail('no signed data');
  const parts = [...der.need(der.need(content, der.context(0), 'content').children[0], der.SEQUENCE, 'signed data').children];
  der.integerOf(parts.shift());
  der.need(parts.shift(), der.SET, 'digests');
  const [contentType, inner] = der.need(parts.shift(), der.SEQUENCE, 'content').children;
  if (der.oidOf(contentType) !== TST_INFO) fail('no TSTInfo');
  const info = der.octetsOf(der.need(inner, der.context(0), 'content').children[0]);
  const certificates = der.is(parts[0], der.context(0)) ? certificatesIn(parts.shift().children) : [];
  const answers = der.is(parts[0], der.context(1)) ? parts.shift().children : [];
  const signers = der.need(parts.shift(), der.SET, 'signers').children;
  if (signers.length !== 1 || parts.length) fail('not just one signer');
  return { infoBytes: info, info: readInfo(info), certificates, answers, signer: signerOf(signers[0]) };
}

/** The parts of a token, or null where it is none. */
export const readToken = (bytes) => der.orNull(() => parseToken(bytes));

/** The nonce of a query; null where it has none; undefined where it is not a query. */
export function nonceOf(query) {
  const found = der.orNull(() => {
    const parts = der.need(der.readDer(query), der.SEQUENCE, 'query').children;
    imprintOf(parts[1]);
    const nonce = parts.slice(2).find((each) => der.is(each, der.INTEGER));
    return { nonce: nonce ? der.integerOf(nonce) : null };
  });
  return found ? found.nonce : undefined;
}

function isNamedBy(id, certificate) {
  if (der.is(id, der.SEQUENCE)) {
    return nameText(id.children[0]) === certificate.issuer && der.integerOf(id.children[1]) === certificate.serial;
  }
  const keyId = subjectKeyIdOf(certificate);
  return der.is(id, der.plain(0)) && keyId !== null && equal(id.body, keyId);
}

/** Whether the first certificate that an attribute names is this one (RFC 5035). */
function isEssNamed(value, isSecond, certificate) {
  const first = der.need(value.children[0], der.SEQUENCE, 'certificates').children[0];
  const parts = [...first.children];
  let oid = isSecond ? SHA256 : SHA1;
  if (isSecond && der.is(parts[0], der.SEQUENCE)) oid = algorithmOf(parts.shift()).oid;
  const hash = hashOf(oid);
  if (!hash || !equal(hash.hash(certificate.raw), der.octetsOf(parts.shift()))) return false;
  if (!parts.length) return true;
  const [names, serial] = parts[0].children;
  return (
    names.children.some((name) => generalName(name) === `4:${certificate.issuer}`) &&
    der.integerOf(serial) === certificate.serial
  );
}

function signerCertificate(token, attributes) {
  const first = only(attributes, SIGNING_CERTIFICATE);
  const second = only(attributes, SIGNING_CERTIFICATE_V2);
  if (!first && !second) return null;
  return (
    token.certificates.find(
      (each) =>
        isNamedBy(token.signer.id, each) &&
        (!first || isEssNamed(first, false, each)) &&
        (!second || isEssNamed(second, true, each)),
    ) ?? null
  );
}

function mayStamp(certificate, authority) {
  const extended = extendedUsageOf(certificate);
  const usage = keyUsageOf(certificate);
  const isPinned = authority.roots.some((root) => root.fingerprint === certificate.fingerprint);
  if (extended?.length !== 1 || extended[0] !== TIME_STAMPING || !extensionOf(certificate, 'extendedKeyUsage').critical)
    return false;
  if (usage && ([...usage].some((bit) => bit !== DIGITAL_SIGNATURE && bit !== NON_REPUDIATION) || usage.size === 0))
    return false;
  return isPinned || !basicConstraintsOf(certificate).isCa;
}

function lengthBytes(length) {
  if (length < 128) return [length];
  const bytes = [];
  for (let rest = length; rest > 0; rest = Math.floor(rest / 256)) bytes.unshift(rest % 256);
  return [0x80 | bytes.length, ...bytes];
}

/** The signed attributes as a SET, as given and in the order of DER. */
function spellings(attributes) {
  const children = attributes.children.map((each) => each.raw);
  const sorted = [...children].sort((one, two) => (toHex(one) < toHex(two) ? -1 : 1));
  return [children, sorted].map((list) => {
    const length = list.reduce((sum, each) => sum + each.length, 0);
    return Uint8Array.from([der.SET, ...lengthBytes(length), ...list.flatMap((each) => [...each])]);
  });
}

function attributesHold(token, attributes) {
  const type = only(attributes, CONTENT_TYPE);
  const digest = only(attributes, MESSAGE_DIGEST);
  const hash = hashOf(token.signer.digest.oid);
  if (!type || !digest || !hash || hash.name === 'sha1' || der.oidOf(type) !== TST_INFO) return null;
  return equal(hash.hash(token.infoBytes), der.octetsOf(digest)) ? { algorithm: hash.name, bits: null } : null;
}

function judge(token, { data, nonce, authority, table }) {
  const { info, signer } = token;
  const imprint = hashOf(info.imprint.oid);
  if (!imprint || !IMPRINTS.has(imprint.name) || !equal(imprint.hash(data), info.imprint.digest)) return null;
  if (nonce === undefined || info.nonce !== nonce || !authority.policies.has(info.policy)) return null;
  const attributes = attributesOf(signer.attributes);
  const digest = attributesHold(token, attributes);
  const certificate = signerCertificate(token, attributes);
  if (!digest || !certificate || !mayStamp(certificate, authority)) return null;
  if (info.tsa !== null && !namesOf(certificate).has(info.tsa)) return null;
  let rests = null;
  for (const message of spellings(signer.attributes)) {
    rests ??= verifySignature({
      algorithm: signer.algorithm,
      spki: certificate.spki,
      message,
      signature: signer.signature,
      digestOid: signer.digest.oid,
    });
  }
  const at = info.micros;
  if (!rests || !isBelieved([...rests, digest, { algorithm: imprint.name, bits: null }], at, table)) return null;
  const material = [...authority.others, ...token.certificates];
  const found = findPath({ leaf: certificate, roots: authority.roots, material, at, table });
  const accuracy = info.accuracy ?? authority.accuracy;
  if (!found || accuracy === null) return null;
  const margin = accuracy + (info.finer ? 1n : 0n);
  return { authority, at, earliest: at - margin, latest: at + margin, path: found.path };
}

/** What a token proves for an authority: the earliest and latest instant at which it was made, or null. */
export const tokenHolds = (token, asked) => der.orNull(() => judge(token, asked));
