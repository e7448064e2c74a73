// Certificates (RFC 5280), as far as a path from a token to a pinned root needs them.

import { fromBase64, sha256, toHex } from './bytes.mjs';
import * as der from './der.mjs';

const PEM = /-----BEGIN CERTIFICATE-----([A-Za-z0-9+/=\s]*)-----END CERTIFICATE-----/g;
const MOST_CERTIFICATES = 64;

const EXTENSION = {
  subjectKeyId: '2.5.29.14',
  keyUsage: '2.5.29.15',
  subjectAltName: '2.5.29.17',
  basicConstraints: '2.5.29.19',
  nameConstraints: '2.5.29.30',
  certificatePolicies: '2.5.29.32',
  policyMappings: '2.5.29.33',
  authorityKeyId: '2.5.29.35',
  policyConstraints: '2.5.29.36',
  extendedKeyUsage: '2.5.29.37',
  inhibitAnyPolicy: '2.5.29.54',
};
// Those that this program deals with. Policies are left out of the path rules, as the specification says.
const UNDERSTOOD = new Set(Object.values(EXTENSION));
export const TIME_STAMPING = '1.3.6.1.5.5.7.3.8';
export const OCSP_SIGNING = '1.3.6.1.5.5.7.3.9';
export const DIGITAL_SIGNATURE = 0;
export const NON_REPUDIATION = 1;
export const KEY_CERT_SIGN = 5;
export const CRL_SIGN = 6;

export function algorithmOf(node) {
  const [oid, parameters] = der.need(node, der.SEQUENCE, 'algorithm').children;
  return { oid: der.oidOf(oid), parameters: parameters ?? null, raw: node.raw };
}

function extensionsOf(node) {
  const found = new Map();
  for (const each of der.need(node, der.SEQUENCE, 'extensions').children) {
    const parts = der.need(each, der.SEQUENCE, 'extension').children;
    const oid = der.oidOf(parts[0]);
    if (found.has(oid)) throw new der.DerError('an extension is there twice');
    const critical = der.is(parts[1], der.BOOLEAN) ? der.booleanOf(parts[1]) : false;
    found.set(oid, { critical, value: der.octetsOf(parts.at(-1)) });
  }
  return found;
}

/** A certificate from its DER. Throws DerError. */
export function readCertificate(bytes) {
  const [tbs, outer, signature] = der.need(der.readDer(bytes), der.SEQUENCE, 'certificate').children;
  const parts = [...der.need(tbs, der.SEQUENCE, 'certificate').children];
  const version = der.is(parts[0], der.context(0)) ? Number(der.integerOf(parts.shift().children[0])) : 0;
  const [serial, inner, issuer, validity, subject, spki, ...rest] = parts;
  const [notBefore, notAfter] = der.need(validity, der.SEQUENCE, 'validity').children.map((each) => der.timeOf(each).micros);
  const last = rest.find((each) => der.is(each, der.context(3)));
  const algorithm = algorithmOf(outer);
  if (toHex(algorithmOf(inner).raw) !== toHex(algorithm.raw)) throw new der.DerError('two algorithms of one signature');
  return {
    raw: bytes,
    fingerprint: toHex(sha256(bytes)),
    tbs: tbs.raw,
    version,
    serial: der.integerOf(serial),
    serialHex: toHex(serial.body),
    issuer: nameText(issuer),
    issuerRaw: issuer.raw,
    subject: nameText(subject),
    subjectRaw: subject.raw,
    subjectNode: subject,
    notBefore,
    notAfter,
    spki,
    algorithm,
    signature: der.bitsOf(signature),
    extensions: last ? extensionsOf(last.children[0]) : new Map(),
  };
}

// Two spellings of a name are one where case and blanks alone differ (RFC 5280, 7.1), in the common types of string.
const FOLDED = new Set([0x0c, 0x13, 0x16]);

function attributeText(node) {
  const [oid, value] = der.need(node, der.SEQUENCE, 'attribute').children;
  const folded = FOLDED.has(value?.tag);
  const text = folded
    ? new TextDecoder().decode(value.body).normalize('NFKC').toLowerCase().trim().replace(/\s+/g, ' ')
    : toHex(value.raw);
  return `${der.oidOf(oid)}=${folded ? 's' : 'x'}${JSON.stringify(text)}`;
}

/** A name as a text that is the same for names that match. */
export function nameText(node) {
  const rdns = der.need(node, der.SEQUENCE, 'name').children;
  return rdns.map((rdn) => der.need(rdn, der.SET, 'name').children.map(attributeText).sort().join('+')).join(',');
}

const valueOf = (certificate, name) => {
  const found = certificate.extensions.get(EXTENSION[name]);
  return found ? der.readDer(found.value) : null;
};

export const extensionOf = (certificate, name) => certificate.extensions.get(EXTENSION[name]) ?? null;

export function keyUsageOf(certificate) {
  const node = valueOf(certificate, 'keyUsage');
  return node ? der.namedBits(node) : null;
}

export function extendedUsageOf(certificate) {
  const node = valueOf(certificate, 'extendedKeyUsage');
  return node ? der.need(node, der.SEQUENCE, 'usage').children.map(der.oidOf) : null;
}

/** Whether it is a CA's, and how many CAs may come below it; null: as many as there are. */
export function basicConstraintsOf(certificate) {
  const node = valueOf(certificate, 'basicConstraints');
  const parts = node ? der.need(node, der.SEQUENCE, 'constraints').children : [];
  const isCa = der.is(parts[0], der.BOOLEAN) && der.booleanOf(parts[0]);
  const length = der.is(parts.at(-1), der.INTEGER) ? der.integerOf(parts.at(-1)) : null;
  return { isCa, pathLength: length };
}

export function subjectKeyIdOf(certificate) {
  const node = valueOf(certificate, 'subjectKeyId');
  return node ? der.octetsOf(node) : null;
}

/** General names as texts: the tag and the bytes, of a directory name the folded text. */
export const generalName = (node) =>
  node.tag === der.context(4) ? `4:${nameText(node.children[0])}` : `${node.number}:${toHex(node.body)}`;

export function namesOf(certificate) {
  const found = new Set([`4:${certificate.subject}`]);
  const node = valueOf(certificate, 'subjectAltName');
  for (const each of node ? (node.children ?? []) : []) found.add(generalName(each));
  return found;
}

/** Whether every critical extension is one that this program knows. */
export const isUnderstood = (certificate) =>
  [...certificate.extensions].every(([oid, { critical }]) => !critical || UNDERSTOOD.has(oid));

/** The trees of names that a CA permits or excludes, as [kind, node]; null: it constrains none. */
export function nameConstraintsOf(certificate) {
  const node = valueOf(certificate, 'nameConstraints');
  if (!node) return null;
  const trees = (tag) => {
    const list = node.children.find((each) => der.is(each, der.context(tag)));
    return list ? list.children.map((tree) => tree.children[0]) : [];
  };
  return { permitted: trees(0), excluded: trees(1) };
}

/** The certificates in PEM texts, at most 64; null where a text holds none, or one that cannot be read. */
export function readPem(texts) {
  const found = [];
  for (const text of texts) {
    const blocks = [...text.matchAll(PEM)];
    if (blocks.length === 0) return null;
    for (const block of blocks) {
      const bytes = fromBase64(block[1].replace(/\s/g, ''));
      if (!bytes || found.length >= MOST_CERTIFICATES) return null;
      const certificate = der.orNull(() => readCertificate(bytes));
      if (!certificate) return null;
      found.push(certificate);
    }
  }
  return found;
}
