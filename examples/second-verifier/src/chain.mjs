// A path from a certificate to a pinned root at an instant (RFC 5280, section 6, without policies).

import { isBelieved, keyAlgorithm, verifySignature } from './algorithms.mjs';
import * as der from './der.mjs';
import {
  basicConstraintsOf,
  extendedUsageOf,
  generalName,
  isUnderstood,
  KEY_CERT_SIGN,
  keyUsageOf,
  nameConstraintsOf,
  namesOf,
  nameText,
  TIME_STAMPING,
} from './x509.mjs';

const DEEPEST = 8;
const MOST_SIGNATURES = 32;
const DIRECTORY = 4;

function signedBy(certificate, issuer) {
  return verifySignature({
    algorithm: certificate.algorithm,
    spki: issuer.spki,
    message: certificate.tbs,
    signature: certificate.signature,
  });
}

const isInForce = (certificate, at) => certificate.notBefore <= at && at <= certificate.notAfter;

/** Whether a CA may issue a certificate with `below` CAs, not self-issued, under it. */
// An issuer for other purposes vouches for no timestamps: these three allow them.
const FOR_STAMPS = new Set([TIME_STAMPING, '2.5.29.37.0', '1.2.840.113583.1.1.5']);

function mayIssue(certificate, below) {
  const purposes = extendedUsageOf(certificate);
  if (purposes && !purposes.some((purpose) => FOR_STAMPS.has(purpose))) return false;
  const { isCa, pathLength } = basicConstraintsOf(certificate);
  const usage = keyUsageOf(certificate);
  if (certificate.version !== 2 || !isCa || (usage && !usage.has(KEY_CERT_SIGN))) return false;
  return pathLength === null || BigInt(below) <= pathLength;
}

const rdnsOf = (node) => node.children.map((rdn) => nameText({ ...node, children: [rdn] }));

function isBelow(name, base) {
  return base.length <= name.length && base.every((rdn, at) => rdn === name[at]);
}

/** Names of other kinds than directory names are not compared: where a CA constrains them, one that has any fails. */
function fitsConstraints(certificate, constraints) {
  const subject = rdnsOf(certificate.subjectNode);
  const kinds = new Set([...namesOf(certificate)].map((name) => Number(name.split(':')[0])));
  const directory = (tree) => tree.tag === der.context(DIRECTORY);
  const bases = (trees) => trees.filter(directory).map((tree) => rdnsOf(tree.children[0]));
  const permitted = bases(constraints.permitted);
  if (permitted.length && !permitted.some((base) => isBelow(subject, base))) return false;
  if (bases(constraints.excluded).some((base) => isBelow(subject, base))) return false;
  const others = [...constraints.permitted, ...constraints.excluded].filter((tree) => !directory(tree));
  return !others.some((tree) => kinds.has(tree.number));
}

/** What a whole path rests on, or null where it breaks a rule. `path` goes from the certificate up to below the root. */
function judgePath(path, root, at) {
  let cas = 0;
  for (const [place, certificate] of path.entries()) {
    if (!isInForce(certificate, at) || !isUnderstood(certificate)) return false;
    if (place === 0) continue;
    if (!mayIssue(certificate, cas)) return false;
    if (certificate.issuer !== certificate.subject) cas++;
    const constraints = nameConstraintsOf(certificate);
    const bound = path.slice(0, place).filter((each, below) => below === 0 || each.issuer !== each.subject);
    if (constraints && !bound.every((each) => fitsConstraints(each, constraints))) return false;
  }
  return true;
}

/**
 * A path from `leaf` to one of the roots: the certificates from the leaf to the root, and the algorithms that it rests
 * on; null where there is none. How much is tried is bounded.
 */
export function findPath({ leaf, roots, material, at, table }) {
  let signatures = 0;
  const pinned = new Map(roots.map((root) => [root.fingerprint, root]));
  const search = (path, rests) => {
    const last = path.at(-1);
    if (pinned.has(last.fingerprint)) {
      const key = keyAlgorithm(last.spki);
      const all = key ? [...rests, key] : null;
      const below = path.slice(0, -1);
      if (!isInForce(last, at)) return null;
      return all && isBelieved(all, at, table) && judgePath(below, last, at) ? { path, rests: all } : null;
    }
    if (path.length >= DEEPEST) return null;
    for (const issuer of [...roots, ...material]) {
      if (issuer.subject !== last.issuer || path.some((each) => each.fingerprint === issuer.fingerprint)) continue;
      if (++signatures > MOST_SIGNATURES) return null;
      const signed = signedBy(last, issuer);
      const found = signed ? search([...path, issuer], [...rests, ...signed]) : null;
      if (found) return found;
    }
    return null;
  };
  return der.orNull(() => search([leaf], []));
}

export { generalName, signedBy };
