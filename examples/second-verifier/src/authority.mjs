// A timestamp authority as a document says it: its roots, and what helps to find a path to them (TRU-20 to TRU-23).

import { readPem } from './x509.mjs';

/** The authority with its certificates read, or null where it has no root, or what is there cannot be read. */
export function openAuthority(document) {
  const certificates = readPem(document.certificates);
  if (!certificates) return null;
  const roots = certificates.filter((each) => each.issuer === each.subject);
  if (roots.length === 0) return null;
  const accuracy = document.accuracy_microseconds ?? null;
  return {
    name: document.name,
    roots,
    others: certificates.filter((each) => each.issuer !== each.subject),
    policies: new Set(document.policies),
    accuracy: accuracy === null ? null : BigInt(accuracy),
  };
}

/** Whether two are the same authority: they share a root, by its bytes. Names say nothing. */
export function sameAuthority(one, two) {
  const held = new Set(one.roots.map((root) => root.fingerprint));
  return two.roots.some((root) => held.has(root.fingerprint));
}
