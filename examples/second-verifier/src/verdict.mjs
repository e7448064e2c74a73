// The verdict on each vote and reply, as far as the specification says how it follows (ENT-55, ENT-64 to ENT-66, and
// "Bounds" in verifying.md), and as of which entry it is (BUN-40 to BUN-43).

import { fromBase64, toUtf8 } from './bytes.mjs';
import { readAuthority } from './documents.mjs';
import { openAuthority } from './authority.mjs';
import { Bounds, LEEWAY } from './bounds.mjs';
import { limitsOf, outcomeOf } from './outcome.mjs';
import { instantOf, microsOf } from './types.mjs';
import { dayBounds } from './zone.mjs';

const SECOND = 1_000_000n;

/** As of entry N of M, with the register complete up to R (bundle.md). */
export function asOf(audit, shown, names) {
  const size = shown.checkpoint?.size ?? shown.end;
  const { items } = audit;
  const last = items.find((item) => item.index === shown.end - 1);
  // The last entry of the range vouches for the register before it if it counts it, or if nothing was left out.
  const isCounted = shown.start === 0 || last?.entry?.format === 'inblue-entry/2';
  const recalled = items.reduce((most, item) => (item.entry?.stream === 'register' ? Math.max(most, item.index + 1) : most), 0);
  const register = Math.max(recalled, isCounted ? shown.end : 0);
  return { entry: isStatedOf(audit, names) ? size : Math.min(shown.end, size), of: size, register: Math.min(register, size) };
}

/** Whether the log's last entry states of every vote with a verdict as many acts as are shown (BUN-42). */
function isStatedOf(audit, names) {
  const streams = names.map((name) => audit.streamOf(name));
  const isStated = (stream) => stream !== null && audit.lastStatedActs(stream.name) === stream.next;
  return names.length > 0 && audit.lastStated?.recalled === true && streams.every(isStated);
}

function placeOfReply(reply, vote) {
  const { opens, zone } = vote.opening;
  const closes = vote.window;
  const { received_at: received } = reply.now;
  const recorded = microsOf(reply.item.entry.recorded_at);
  let from = null;
  let to = null;
  if (received?.length > 10) from = to = microsOf(received);
  else if (received && zone) [from, to] = dayBounds(zone, received).map((at, end) => BigInt(at) * SECOND - BigInt(end));
  else if (
    !received &&
    !vote.isDocumented &&
    opens.latest !== null &&
    recorded >= opens.latest &&
    closes.earliest !== null &&
    recorded <= closes.earliest
  )
    from = to = recorded;
  else if (!received && !vote.isDocumented) to = recorded;
  const isAfter = (at, close) => (vote.procedure.window.closesInside ? at > close : at >= close);
  if (from !== null && closes.latest !== null && isAfter(from, closes.latest)) return 'late';
  if (to !== null && opens.earliest !== null && to < opens.earliest) return 'early';
  const begins = from !== null && opens.latest !== null && from >= opens.latest;
  const ends = to !== null && closes.earliest !== null && !isAfter(to, closes.earliest);
  return begins && ends ? 'inside' : 'indeterminate';
}

const isPaper = (reply) => reply.now.ballot === null;

/** On paper, and read only after the close and its lag (ENT-66). */
function isReadLate(reply, vote) {
  const close = vote.window?.latest ?? null;
  return close !== null && !vote.isDocumented && isPaper(reply) && reply.readAt > close + vote.procedure.lag;
}

/** ENT-64 and ENT-65, by the registrar's clock and what is printed alone. */
function plainStrength(reply, vote, readLate) {
  const { entry } = reply.item;
  const { now } = reply;
  const weak = now.received_at !== null || now.instrument.dated !== null ? 'documented' : 'none';
  if (vote.isDocumented || readLate) return weak;
  if (!vote.opening) return 'attested';
  const isChosen = vote.procedure.window.fixedBy === 'closing' && vote.closed !== null;
  if (isChosen && reply.item.index > vote.closed.index) return weak;
  const { lag } = vote.procedure;
  const isInMessage = (now.message ?? null) !== null;
  const recorded = microsOf(isInMessage ? now.received_at : entry.recorded_at);
  const opened = microsOf(vote.opening.item.entry.recorded_at);
  if (vote.opening.opens.at !== null && opened > vote.opening.opens.at + lag) return weak;
  if (vote.window.earliest !== null && recorded <= vote.window.earliest) return 'attested';
  const received = now.received_at?.length > 10 ? microsOf(now.received_at) : null;
  return received !== null && received <= recorded && recorded <= received + lag ? 'attested' : weak;
}

class VoteJudge {
  constructor(vote, { audit, shown, bounds }) {
    this.vote = vote;
    this.audit = audit;
    this.shown = shown;
    this.bounds = bounds;
    this.steps = new Map();
    let latest = null;
    // Without any token, a clock that went back more than a minute is not believed.
    for (const { item } of vote.acts.values()) {
      const recorded = microsOf(item.entry.recorded_at);
      if (latest !== null && recorded < latest - LEEWAY) this.steps.set(item, true);
      if (!bounds.isHourDisowned(item) && (latest === null || recorded > latest)) latest = recorded;
    }
    const pinned = vote.opening?.snapshot.authorities.map((digest) => {
      const document = audit.document(digest, 'authority', readAuthority);
      return document ? openAuthority(document) : null;
    });
    this.asked = bounds.neededBy(pinned ?? null);
  }

  reply(reply) {
    const { vote, bounds, asked } = this;
    const { entry } = reply.item;
    const placement = vote.opening ? placeOfReply(reply, vote) : 'indeterminate';
    const readLate = isReadLate(reply, vote);
    const { bound, notAfter, readBy, isReadInTime } = this.boundOf(reply);
    const keys = this.keyDoubts(reply, readBy, notAfter);
    const plain = plainStrength(reply, vote, readLate);
    const weak = plain === 'attested' ? 'documented' : plain;
    const isClockDoubted = bounds.tokens.length === 0 && this.steps.has(reply.item);
    const isDoubted = bound.doubts.length > 0 || isClockDoubted;
    const isEntryDoubted = keys.some((each) => each.signed === 'entry');
    let strength = isDoubted || isEntryDoubted ? weak : plain;
    if (!isDoubted && !readLate && isReadInTime && this.isProven(reply, notAfter, keys)) strength = 'proven';
    const received = reply.now.received_at?.length > 10 ? microsOf(reply.now.received_at) : null;
    const close = vote.window?.at ?? null;
    return {
      member: reply.member,
      act: reply.number,
      reply: reply.ordinal,
      position: reply.now.position,
      says: reply.now.says ?? null,
      by: reply.now.by ?? null,
      answers: Object.fromEntries((reply.now.answers ?? []).map(({ question, position }) => [question, position])),
      condition: reply.now.condition ?? null,
      receivedAt: reply.now.received_at,
      recordedAt: entry.recorded_at,
      placement,
      strength,
      isBallot: !isPaper(reply),
      readAfterClose: readLate,
      voidedBy: reply.voided,
      replacedBy: reply.replacedBy,
      rejected: reply.rejected,
      margin: received !== null && close !== null ? close - received : null,
      notAfter: notAfter === null ? null : instantOf(notAfter),
      notBefore: bound.notBefore === null ? null : instantOf(bound.notBefore),
      own: this.ownTokens(reply).map((each) => ({ authority: each.authority, latest: instantOf(each.latest) })),
      doubts: [
        ...bound.doubts,
        ...(isClockDoubted ? ['it was recorded before an earlier act of its vote'] : []),
        ...keys.map((each) => each.text),
      ],
      isBoundInside:
        strength === 'proven' &&
        bound.notBefore !== null &&
        bound.notBefore >= (vote.opening.opens.latest ?? bound.notBefore + 1n),
      keyDoubts: keys.map(({ key, signed, since }) => ({ key: key.slice(0, 16), signed, since })),
      counted: false,
      source: reply,
    };
  }

  /** The item that a reply's arrival is dated by: the entry of its message, or its own (ENT-87). */
  arrivalOf(reply) {
    const message = isPaper(reply) ? (reply.item.entry.act.message ?? null) : null;
    return message === null ? reply.item : (this.audit.messages.met.get(message.received) ?? reply.item);
  }

  boundOf(reply) {
    const { bounds, asked, vote } = this;
    const own = bounds.of(reply.item, asked);
    const arrival = this.arrivalOf(reply);
    const readBy = this.notAfterOf(reply, own);
    if (arrival === reply.item) return { bound: own, notAfter: readBy, readBy, isReadInTime: true };
    const came = bounds.of(arrival, asked);
    const close = vote.window?.earliest ?? null;
    const isReadInTime = readBy !== null && close !== null && readBy <= close + (vote.procedure?.lag ?? 0n);
    return { bound: { ...came, doubts: [...came.doubts, ...own.doubts] }, notAfter: came.notAfter, readBy, isReadInTime };
  }

  /** A reply that replaces a voided one of the same bytes existed as early as that one. */
  notAfterOf(reply, bound) {
    const own = bound.notAfter;
    const { replaced } = reply;
    if (!replaced || replaced.voided === null || reply.paper === null || replaced.paper !== reply.paper) return own;
    const earlier = this.bounds.of(replaced.item, this.asked);
    if (earlier.doubts.length || earlier.notAfter === null) return own;
    return own === null || earlier.notAfter < own ? earlier.notAfter : own;
  }

  isProven(reply, notAfter, keys) {
    if (this.vote.isDocumented || !this.isBoundByClose(reply, notAfter)) return false;
    if (keys.some((each) => each.signed === 'entry' && !each.isOlder)) return false;
    if (!isPaper(reply)) return !keys.some((each) => each.signed === 'ballot');
    if (reply.now.instrument.sha256 === null) return (reply.now.message ?? null) !== null;
    return reply.paper !== null && this.audit.file(reply.paper) !== null;
  }

  /**
   * Whether timestamps show that it existed by the close. Where the registrar chose the end, no hour shows it: only
   * tokens that the closing entry, or one before it, names (ENT-72).
   */
  isBoundByClose(reply, notAfter) {
    const { vote } = this;
    if (vote.procedure.window.fixedBy === 'closing') {
      return vote.closed !== null && this.bounds.isCoveredBefore(this.arrivalOf(reply), this.asked, vote.closed.place);
    }
    const close = vote.window?.earliest ?? null;
    return notAfter !== null && close !== null && notAfter <= close;
  }

  ownTokens(reply) {
    const ballot = reply.now.ballot;
    if (!ballot) return [];
    const data = toUtf8(ballot.envelope);
    return ballot.timestamps
      .map(({ query, token }) => this.bounds.ownToken(fromBase64(query) ?? data, fromBase64(token) ?? data, data))
      .filter(Boolean);
  }

  /** Signatures that may be somebody else's: of keys that were revoked as compromised since some instant. */
  keyDoubts(reply, notAfter, arrivedBy) {
    const { keys } = this.audit.register;
    const found = [];
    const since = (id) => keys.get(id)?.revoked?.since ?? null;
    const arrival = this.arrivalOf(reply);
    const arrivalSince = arrival === reply.item ? null : since(arrival.entry.actor.key);
    if (arrivalSince !== null && !(arrivedBy !== null && arrivedBy <= microsOf(arrivalSince))) {
      const key = arrival.entry.actor.key;
      const text = `the key of the entry of its message may have been compromised since ${arrivalSince}`;
      found.push({ signed: 'entry', key, since: arrivalSince, text });
      return found;
    }
    const entrySince = since(reply.item.entry.actor.key);
    if (entrySince !== null && !(notAfter !== null && notAfter <= microsOf(entrySince))) {
      found.push({
        signed: 'entry',
        key: reply.item.entry.actor.key,
        since: entrySince,
        text: `the key of its entry may have been compromised since ${entrySince}`,
      });
    }
    const ballot = reply.now.ballot;
    const ballotKey = ballot ? /"keyid":"([0-9a-f]{64})"/.exec(ballot.envelope)?.[1] : null;
    const ballotSince = ballotKey ? since(ballotKey) : null;
    if (ballotSince !== null) {
      const limit = microsOf(ballotSince);
      const isOld = (notAfter !== null && notAfter <= limit) || this.ownTokens(reply).some((each) => each.latest <= limit);
      if (!isOld)
        found.push({
          signed: 'ballot',
          key: ballotKey,
          since: ballotSince,
          text: `the key of its ballot may have been compromised since ${ballotSince}`,
        });
    }
    return found;
  }
}

function windowOf(vote) {
  const opens = vote.opening?.opens ?? null;
  const closes = vote.opening ? vote.window : null;
  const text = (at) => (at === null || at === undefined ? null : instantOf(at));
  return {
    opens_at: text(opens?.at),
    closes_at: text(closes?.at),
    opens_between: [text(opens?.earliest), text(opens?.latest)],
    closes_between: [text(closes?.earliest), text(closes?.latest)],
  };
}

function verdictOf(stream, name, context) {
  const { vote } = stream;
  const head = { name, stream: stream.name, acts: stream.next };
  if (!vote) return { ...head, unread: 'the vote begins before what is shown: nothing is said of it' };
  if (vote.broken || !vote.draft) return { ...head, unread: vote.broken ?? 'nothing of it has an effect' };
  const judge = new VoteJudge(vote, context);
  for (const other of judge.asked.unknown)
    context.notProved.push(`the opening of ${name} pins the authority ${other.name}, which the trust file does not have`);
  const replies = vote.replies.map((reply) => judge.reply(reply));
  const derived = outcomeOf(vote, replies);
  const { ofWindow, ofCount } = limitsOf(vote);
  const limits = [...ofWindow, ...ofCount];
  // What does not follow from the specification is left open: null means not derived; it is not a verdict.
  if (ofWindow.length)
    for (const reply of replies) Object.assign(reply, { placement: null, strength: null, margin: null, isBoundInside: false });
  if (limits.length) {
    for (const reply of replies) reply.counted = null;
    Object.assign(derived, { tally: null, outcome: null, closed: null, amendedBy: [], conditions: null });
  }
  return {
    ...head,
    limits,
    vote,
    symbol: vote.place.symbol,
    round: vote.place.round,
    title: vote.draft.title,
    times: vote.times,
    question: vote.draft.question,
    procedure: vote.procedure.title,
    procedureId: vote.procedure.id,
    window: windowOf(vote),
    withdrawn: vote.withdrawn,
    annulled: vote.annulled !== null,
    replies,
    ...derived,
    announced: vote.announcements.at(-1)?.act ?? null,
    findings: vote.findings,
  };
}

/** The verdicts on the votes that are named, and what is not proved about them. */
export function verdictsOf({ audit, shown, trust, stamps, names, notProved }) {
  const bounds = new Bounds(audit, stamps, trust);
  for (const { digest } of bounds.missing.slice(0, 20))
    notProved.push(`an entry names the token ${digest.slice(0, 16)}, which is not handed over`);
  for (const name of bounds.unsaid) notProved.push(`nothing handed over says whether the certificates of ${name} were revoked`);
  const context = { audit, shown, bounds, notProved };
  return names.map((name) => {
    const stream = audit.streamOf(name);
    if (!stream) return { name, stream: null, acts: 0, unread: 'no act of it is shown' };
    return verdictOf(stream, name, context);
  });
}

/** A verdict as it is told: without the vote that it was derived from. */
export function told(verdict) {
  const { vote, findings, closed, ...rest } = verdict;
  if (!vote) return rest;
  const replies = verdict.replies.map(({ source, margin, keyDoubts, ...reply }) => ({
    ...reply,
    marginMicroseconds: margin === null ? null : String(margin),
  }));
  return {
    ...rest,
    replies,
    closed: closed ? { outcome: closed.outcome, tally: closed.tally } : null,
    announced: verdict.announced?.outcome ?? null,
    facts: verdict.facts.map(({ rule, status }) => ({ fact: rule.id, status })),
    findings: findings.map(({ act, what }) => ({ act, what })),
  };
}
