// What CRLs (RFC 5280) and OCSP answers (RFC 6960) in tokens say of certificates: rule 8 of a timestamp token. Only
// what is signed by the issuer, or by a responder of the issuer's, counts. Nothing is looked up.

import { hashOf, isBelieved, verifySignature } from './algorithms.mjs';
import { equal } from './bytes.mjs';
import { signedBy } from './chain.mjs';
import * as der from './der.mjs';
import { algorithmOf, CRL_SIGN, extendedUsageOf, keyUsageOf, nameText, OCSP_SIGNING, readCertificate } from './x509.mjs';

const OCSP_RESPONSE = '1.3.6.1.5.5.7.16.2';
const BASIC = '1.3.6.1.5.5.7.48.1.1';
const REASON = '2.5.29.21';
const DELTA = '2.5.29.27';
const DISTRIBUTION = '2.5.29.28';
const KNOWN_OF_LIST = new Set([DISTRIBUTION, '2.5.29.20', '2.5.29.35']);
const KNOWN_OF_ENTRY = new Set([REASON, '2.5.29.24']);
// unspecified, affiliationChanged, superseded, cessationOfOperation: what was signed before stays good.
const FROM_THEN_ON = new Set([0, 3, 4, 5]);

const ENUMERATED = 0x0a;
const enumOf = (node) => Number(der.integerOf({ ...der.need(node, ENUMERATED, 'number'), tag: der.INTEGER }));

function extensionsOf(node) {
  const found = new Map();
  for (const each of node?.children ?? []) {
    const critical = der.is(each.children[1], der.BOOLEAN) && der.booleanOf(each.children[1]);
    found.set(der.oidOf(each.children[0]), { critical, value: der.octetsOf(each.children.at(-1)) });
  }
  return found;
}

const isKnown = (extensions, known) => [...extensions].every(([oid, { critical }]) => !critical || known.has(oid));

/** Lists of some reasons, of other issuers, or of attribute certificates say nothing. */
function isWhole(extensions) {
  if (extensions.has(DELTA) || !isKnown(extensions, KNOWN_OF_LIST)) return false;
  const point = extensions.get(DISTRIBUTION);
  if (!point) return true;
  return !der
    .readDer(point.value)
    .children.some(
      (each) =>
        [der.plain(3), der.plain(4), der.plain(5)].includes(each.tag) && (each.tag === der.plain(3) || each.body[0] !== 0),
    );
}

function readList(node) {
  const [tbs, algorithm, signature] = der.need(node, der.SEQUENCE, 'list').children;
  const parts = [...der.need(tbs, der.SEQUENCE, 'list').children];
  if (der.is(parts[0], der.INTEGER)) parts.shift();
  parts.shift();
  const issuer = nameText(parts.shift());
  const at = der.timeOf(parts.shift()).micros;
  if (der.is(parts[0], der.UTC_TIME) || der.is(parts[0], der.GENERALIZED_TIME)) parts.shift();
  const rows = der.is(parts[0], der.SEQUENCE) ? parts.shift().children : [];
  const extensions = extensionsOf(parts.shift()?.children[0]);
  const revoked = new Map(
    rows.map((row) => {
      const own = extensionsOf(row.children[2]);
      const reason = own.get(REASON);
      return [
        String(der.integerOf(row.children[0])),
        {
          since: der.timeOf(row.children[1]).micros,
          reason: reason ? enumOf(der.readDer(reason.value)) : null,
          isKnown: isKnown(own, KNOWN_OF_ENTRY),
        },
      ];
    }),
  );
  if (!isWhole(extensions) || [...revoked.values()].some((row) => !row.isKnown)) return null;
  return {
    kind: 'list',
    issuer,
    at,
    revoked,
    tbs: tbs.raw,
    algorithm: algorithmOf(algorithm),
    signature: der.bitsOf(signature),
  };
}

function readSingle(node) {
  const [id, status, at] = node.children;
  const [algorithm, nameHash, keyHash, serial] = id.children;
  const row = {
    oid: algorithmOf(algorithm).oid,
    nameHash: der.octetsOf(nameHash),
    keyHash: der.octetsOf(keyHash),
    serial: der.integerOf(serial),
    at: der.timeOf(at).micros,
    revoked: null,
    isUnknown: status.tag === der.plain(2),
  };
  if (status.tag === der.context(1)) {
    const reason = status.children[1];
    row.revoked = { since: der.timeOf(status.children[0]).micros, reason: reason ? enumOf(reason.children[0]) : null };
  }
  return row;
}

function readAnswer(node) {
  const [oid, content] = node.children;
  if (der.oidOf(oid) !== OCSP_RESPONSE) return null;
  const [status, inner] = der.need(content, der.SEQUENCE, 'answer').children;
  if (enumOf(status) !== 0) return null;
  const [type, bytes] = inner.children[0].children;
  if (der.oidOf(type) !== BASIC) return null;
  const [tbs, algorithm, signature, certificates] = der.readDer(der.octetsOf(bytes)).children;
  const rows = tbs.children.find((each) => der.is(each, der.SEQUENCE)).children;
  return {
    kind: 'answer',
    tbs: tbs.raw,
    algorithm: algorithmOf(algorithm),
    signature: der.bitsOf(signature),
    singles: rows.map(readSingle),
    at: der.timeOf(tbs.children.find((each) => der.is(each, der.GENERALIZED_TIME))).micros,
    certificates: (certificates?.children[0].children ?? [])
      .map((each) => der.orNull(() => readCertificate(each.raw)))
      .filter(Boolean),
  };
}

/** What the answers of tokens are: those that can be read. */
export function readAnswers(nodes) {
  return nodes
    .map((node) => der.orNull(() => (der.is(node, der.SEQUENCE) ? readList(node) : readAnswer(node))))
    .filter(Boolean);
}

const holdsBy = (answer, signer) =>
  verifySignature({
    algorithm: answer.algorithm,
    spki: signer.spki,
    message: answer.tbs,
    signature: answer.signature,
  });

function isResponder(certificate, issuer, at) {
  const inForce = certificate.notBefore <= at && at <= certificate.notAfter;
  const usage = extendedUsageOf(certificate);
  return inForce && usage?.includes(OCSP_SIGNING) ? signedBy(certificate, issuer) : null;
}

/** What an answer rests on where the issuer, or a responder of the issuer's, has signed it; else null. */
function restsOf(answer, issuer) {
  const own = holdsBy(answer, issuer);
  if (own || answer.kind === 'list') return own;
  for (const certificate of answer.certificates.slice(0, 8)) {
    const issued = der.orNull(() => isResponder(certificate, issuer, answer.at));
    const signed = issued ? holdsBy(answer, certificate) : null;
    if (signed) return [...issued, ...signed];
  }
  return null;
}

function isAbout(single, certificate, issuer) {
  const hash = hashOf(single.oid);
  if (!hash || single.serial !== certificate.serial) return false;
  const key = der.bitsOf(issuer.spki.children[1]);
  return equal(hash.hash(certificate.issuerRaw), single.nameHash) && equal(hash.hash(key), single.keyHash);
}

/** What one answer says of a certificate: null for nothing, else whether and how it is revoked. */
function sayingOf(answer, certificate, issuer) {
  if (answer.kind === 'list') {
    const usage = keyUsageOf(issuer);
    if (answer.issuer !== certificate.issuer || (usage && !usage.has(CRL_SIGN))) return null;
    return { revoked: answer.revoked.get(String(certificate.serial)) ?? null };
  }
  const single = answer.singles.find((each) => isAbout(each, certificate, issuer));
  return single && !single.isUnknown ? { revoked: single.revoked } : null;
}

/** Answers about certificates, each asked once: a certificate is on many paths. */
export class Revocations {
  constructor(answers, table) {
    this.answers = answers;
    this.table = table;
    this.known = new Map();
  }

  of(certificate, issuer) {
    const name = `${certificate.fingerprint} ${issuer.fingerprint}`;
    if (!this.known.has(name)) this.known.set(name, this.ask(certificate, issuer));
    return this.known.get(name);
  }

  ask(certificate, issuer) {
    const found = { isSaid: false, spoiledFrom: null };
    for (const answer of this.answers) {
      const saying = der.orNull(() => sayingOf(answer, certificate, issuer));
      const rests = saying ? der.orNull(() => restsOf(answer, issuer)) : null;
      if (!rests || !isBelieved(rests, answer.at, this.table)) continue;
      found.isSaid = true;
      if (!saying.revoked) continue;
      const { since, reason } = saying.revoked;
      const from = reason !== null && FROM_THEN_ON.has(reason) ? since : -(2n ** 63n);
      if (found.spoiledFrom === null || from < found.spoiledFrom) found.spoiledFrom = from;
    }
    return found;
  }

  /** Whether a token made at an instant is spoiled, by any certificate on its path below the root. */
  spoils(path, at) {
    return path.slice(0, -1).some((certificate, place) => {
      const { spoiledFrom } = this.of(certificate, path[place + 1]);
      return spoiledFrom !== null && at >= spoiledFrom;
    });
  }

  isSaidOf(path) {
    return path.slice(0, -1).every((certificate, place) => this.of(certificate, path[place + 1]).isSaid);
  }
}
