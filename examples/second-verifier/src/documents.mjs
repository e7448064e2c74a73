// Documents that entries name by their digest: snapshots and authorities. A document is what its bytes
// say, once they are in RFC 8785 form.

import { parseCanonical } from './json.mjs';
import * as is from './types.mjs';

const OID = /^[0-2](\.(0|[1-9][0-9]{0,38})){1,30}$/;
const AUTHORITY_FIELDS = {
  name: is.isName,
  certificates: is.listOf((value) => typeof value === 'string' && value.length <= 20_000, 1, 20),
  policies: is.listOf((value) => typeof value === 'string' && OID.test(value), 1, 50),
  accuracy_microseconds: is.orNull(is.isInteger(0, 86_400_000_000)),
};

/** An authority as a trust file or a line of timestamps says it. */
export const isAuthority = is.shape(AUTHORITY_FIELDS, ['accuracy_microseconds']);
const isAdoptedAuthority = is.shape({ ...AUTHORITY_FIELDS, format: is.oneOf('inblue-authority/1') }, ['accuracy_microseconds']);

const LONGEST_AUTHORITY = 500_000;

export function readAuthority(bytes) {
  if (bytes.length > LONGEST_AUTHORITY) return null;
  const value = parseCanonical(bytes);
  return isAdoptedAuthority(value) ? value : null;
}

const isGrant = is.shape(
  {
    holder: is.orNull(is.isLine),
    key: is.isDigest,
    member: is.orNull(is.isMember),
    office: is.isName,
    public_key: is.isDigest,
    valid_from: is.orNull(is.isInstant),
    valid_until: is.orNull(is.isInstant),
  },
  ['holder', 'member', 'valid_from', 'valid_until'],
);
const isSeat = is.shape(
  {
    member: is.isMember,
    permanent: is.isBool,
    weights: is.mapOf(is.isName, is.isWeight),
    from: is.orNull(is.isDay),
    until: is.orNull(is.isDay),
    groups: is.listOf(is.isName),
    advisory: is.isBool,
    alternates: is.listOf(is.isMember),
  },
  ['permanent', 'weights', 'from', 'until', 'groups', 'advisory', 'alternates'],
);
const isRoster = is.shape(
  {
    format: is.oneOf('inblue-roster/1', 'inblue-roster/2'),
    name: (value) => is.isLine(value),
    source: is.orNull((value) => is.isText(value)),
    members: is.listOf(isSeat, 1, 50_000),
  },
  ['format', 'source'],
);
const isSnapshot = is.shape(
  {
    format: is.oneOf('inblue-snapshot/1', 'inblue-snapshot/2'),
    procedure: is.isDigest,
    roster: isRoster,
    keys: is.listOf(isGrant),
    president: is.orNull(is.isMember),
    zone: is.orNull(is.shape({ name: (value) => is.isLine(value), sha256: is.isDigest })),
    counting: is.orNull(is.oneOf('elapsed', 'calendar', 'working_days')),
    authorities: is.listOf(is.isDigest, 0, 20),
    presidencies: is.mapOf(is.isMonth, is.isMember),
  },
  ['format', 'president', 'zone', 'counting', 'authorities', 'presidencies'],
);

/** What an opening pins, with null where it says nothing, or null where it is none. */
export function readSnapshot(bytes) {
  const value = parseCanonical(bytes);
  if (!isSnapshot(value)) return null;
  return {
    ...value,
    zone: value.zone ?? null,
    counting: value.counting ?? null,
    authorities: value.authorities ?? [],
    isFirst: (value.format ?? 'inblue-snapshot/1') === 'inblue-snapshot/1',
  };
}

const GRANT_FIELDS = ['holder', 'key', 'member', 'office', 'public_key', 'valid_from', 'valid_until'];
export const sameGrant = (one, two) => GRANT_FIELDS.every((field) => (one[field] ?? null) === (two[field] ?? null));
