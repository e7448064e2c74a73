// When an entry existed, by the timestamps that are handed over and that entries name (verifying.md, "Bounds").

import { sameAuthority } from './authority.mjs';
import { TokenIndex } from './tokenindex.mjs';
import { nonceOf, readToken, tokenHolds } from './token.mjs';
import { readAnswers, Revocations } from './revocation.mjs';
import { microsOf } from './types.mjs';

export const LEEWAY = 60_000_000n;

export class Bounds {
  /** The timestamps are those whose checkpoint is a state of this log. */
  constructor(audit, stamps, trust) {
    this.audit = audit;
    this.trust = trust;
    this.table = trust?.algorithms ?? null;
    this.namedAt = new Map(); // a token by its digest: the place of the first entry that names it
    this.hours = audit.register.hours;
    this.items = audit.items.filter((item) => item.hasEffect);
    this.items.forEach((item, place) => {
      item.place = place;
      for (const token of item.entry.seen.tokens) if (!this.namedAt.has(token)) this.namedAt.set(token, place);
    });
    const held = new Set(stamps.map((stamp) => stamp.digest));
    this.missing = [...this.namedAt].filter(([digest]) => !held.has(digest)).map(([digest, place]) => ({ digest, place }));
    this.missingPlaces = this.missingByPlace();
    this.tokens = this.believe(stamps);
    this.indexes = new Map();
  }

  /** Places at which entries name a token that is not handed over, also again. */
  missingByPlace() {
    const digests = new Set(this.missing.map((each) => each.digest));
    return this.items.filter((item) => item.entry.seen.tokens.some((token) => digests.has(token))).map((item) => item.place);
  }

  believe(stamps) {
    const read = stamps.map((stamp) => ({ stamp, token: readToken(stamp.token) })).filter((each) => each.token);
    const bound = read.filter((each) => this.namedAt.has(each.stamp.digest));
    this.revocations = new Revocations(readAnswers(bound.flatMap((each) => each.token.answers)), this.table);
    this.unsaid = new Set();
    const found = [];
    for (const { stamp, token } of read) {
      const held = this.hold(token, { data: stamp.note, nonce: nonceOf(stamp.query) });
      if (!held) continue;
      found.push({ ...held, size: stamp.size, digest: stamp.digest, namedAt: this.namedAt.get(stamp.digest) ?? null });
    }
    return found;
  }

  /** The first authority of the trust file that a token holds for, and its instants; null: none. */
  hold(token, { data, nonce }) {
    for (const authority of this.trust?.authorities ?? []) {
      const held = tokenHolds(token, { data, nonce, authority, table: this.table });
      if (!held || this.revocations.spoils(held.path, held.at)) continue;
      if (!this.revocations.isSaidOf(held.path)) this.unsaid.add(authority.name);
      return held;
    }
    return null;
  }

  /** The latest instant at which a member's own token says that its ballot existed; null: none says it. */
  ownToken(query, token, data) {
    const read = this.missing.length ? null : readToken(token);
    const held = read ? this.hold(read, { data, nonce: nonceOf(query) }) : null;
    return held ? { latest: held.latest, authority: held.authority.name } : null;
  }

  /** The authorities of the trust file that a verdict needs: those that the opening of its vote pins. */
  neededBy(pinned) {
    const all = this.trust?.authorities ?? [];
    if (pinned === null || pinned.length === 0) return { needed: all, isReadable: true, unknown: [] };
    if (pinned.some((authority) => authority === null)) return { needed: [], isReadable: false, unknown: [] };
    const needed = all.filter((each) => pinned.some((other) => sameAuthority(each, other)));
    const unknown = pinned.filter((other) => !all.some((each) => sameAuthority(each, other)));
    return { needed, isReadable: true, unknown };
  }

  isHourDisowned({ entry }) {
    return this.hours.get(`${entry.stream} ${entry.index}`) === entry.recorded_at;
  }

  index(authority) {
    let held = this.indexes.get(authority);
    if (!held)
      this.indexes.set(authority, (held = new TokenIndex(this.tokens.filter((token) => token.authority === authority))));
    return held;
  }

  /** The bounds of an entry by the authorities that are needed, and why it is in doubt. */
  of(item, { needed, isReadable }) {
    const recorded = microsOf(item.entry.recorded_at);
    const doubts = [];
    const sinces = needed.map((authority) => this.index(authority).namedLast(item.place)?.earliest ?? null);
    const hourCounts = !this.isHourDisowned(item);
    const floors = [...sinces.filter((each) => each !== null), ...(hourCounts ? [recorded - LEEWAY] : [])];
    const floor = floors.length ? floors.reduce((one, two) => (one > two ? one : two)) : null;
    const untils = needed.map((authority) => this.index(authority).leastLatest(item.index, floor));
    if (this.isHidden(item, needed)) doubts.push('a token that an entry names is not handed over');
    if (hourCounts && this.isClockWrong(item, needed, sinces, recorded))
      doubts.push("the recorder's clock cannot be right, by a timestamp");
    if (!hourCounts) doubts.push('the registrar disowned its hour');
    const mayBound = this.missing.length === 0 && isReadable && needed.length > 0;
    const atLeast = this.trust?.atLeast ?? null;
    return {
      doubts,
      notAfter: mayBound ? weakest(untils, atLeast, (one, two) => (one < two ? -1 : 1)) : null,
      notBefore: mayBound ? weakest(sinces, atLeast, (one, two) => (one > two ? -1 : 1)) : null,
    };
  }

  /** Whether every authority that is needed has a token over an entry, which an entry up to this place names. */
  isCoveredBefore(item, { needed, isReadable }, place) {
    if (this.missing.length || !isReadable || needed.length === 0) return false;
    const covered = needed.filter(
      (authority) => (this.index(authority).firstNamedOver(item.index)?.namedAt ?? Infinity) <= place,
    );
    return covered.length >= (this.trust?.atLeast ?? needed.length);
  }

  isHidden(item, needed) {
    const { missingPlaces } = this;
    if (missingPlaces.length === 0) return false;
    if (needed.length === 0) return true;
    const behind = countUpTo(missingPlaces, item.place);
    const covers = (authority, before) => (this.index(authority).firstNamedOver(item.index)?.namedAt ?? Infinity) < before;
    const later = missingPlaces[behind];
    if (later !== undefined && !needed.every((authority) => covers(authority, later))) return true;
    const earlier = missingPlaces[behind - 1];
    const isNamedAnew = (authority) => (this.index(authority).namedLast(item.place)?.namedAt ?? -1) > earlier;
    return earlier !== undefined && !needed.every(isNamedAnew);
  }

  isClockWrong(item, needed, sinces, recorded) {
    if (sinces.some((since) => since !== null && recorded < since - LEEWAY)) return true;
    return needed.some((authority) => {
      const first = this.index(authority).firstNamedOver(item.index);
      return first !== null && recorded > first.latest + LEEWAY;
    });
  }
}

function countUpTo(places, place) {
  let low = 0;
  let high = places.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (places[middle] <= place) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The weakest of what the authorities say, or the k-th best; null where too few say anything. */
function weakest(values, atLeast, order) {
  const said = values.filter((value) => value !== null).sort(order);
  const count = atLeast ?? values.length;
  return said.length >= count && count > 0 ? said[count - 1] : null;
}
