// The entries of a log, each read once, in its order: checks 1 to 4, 6 to 10, 18 and 19. What is shown of the log is a
// range with lines of the register around it, or all of it.

import { ballotFaults } from './ballot.mjs';
import { equal, fromBase64, fromHex, sha256, toHex } from './bytes.mjs';
import { readAuthority, readSnapshot } from './documents.mjs';
import { envelopeHolds, readEntry } from './form.mjs';
import { digestsOf } from './named.mjs';
import { openingFaults } from './pins.mjs';
import { mayRecord, readProcedure } from './procedure.mjs';
import { Register } from './register.mjs';
import { Messages } from './messages.mjs';
import { leafHash } from './tree.mjs';
import { streamParts } from './types.mjs';
import { Vote } from './vote.mjs';
import { isZone, readZone, sameTime } from './zone.mjs';

export class Audit {
  /** `shown` has the start and end of the range, the tree as far as it is known, the files, and the reader's zones. */
  constructor(shown, problems) {
    this.shown = shown;
    this.problems = problems;
    this.register = new Register();
    this.streams = new Map(); // stream: the next number of an act, its first one here, and its vote
    this.items = []; // what was read, in the order of the log
    this.named = new Set(); // digests of files that entries name
    this.withoutEffect = new Map(); // entries without effect, until they are disowned
    this.disowned = new Map();
    this.registerCount = 0;
    this.isCounting = false;
    this.stated = new Map();
    this.lastStated = null;
    this.cache = new Map();
    this.notShown = []; // what could not be checked here, as texts
    this.isFirst = true;
    this.messages = new Messages(this);
  }

  tell(check, index, text) {
    this.problems.add(check, index, text);
  }

  /** Read the entry with this index in the log. `recalled` is one of the register's lines around the range. */
  read(bytes, index, recalled = false) {
    const hash = leafHash(bytes);
    const read = readEntry(bytes);
    const item = {
      index,
      hash,
      digest: toHex(hash),
      entry: read.entry ?? null,
      recalled,
      hasEffect: false,
      length: bytes.length,
    };
    this.items.push(item);
    const isFirst = this.isFirst;
    this.isFirst = false;
    if (read.fault) {
      if (isFirst) this.tell(1, index, 'the log does not begin with an entry');
      return this.tell(2, index, read.fault);
    }
    if (recalled && item.entry.stream !== 'register' && item.entry.stream !== 'intake')
      this.tell(11, index, 'a line of the register that is none');
    const before = this.registerCount;
    if (item.entry.stream === 'register') this.registerCount++;
    const place = this.placeOf(item);
    if (!this.isInForce(item, isFirst, place)) return undefined;
    item.hasEffect = true;
    this.checkSeen(item);
    this.checkCount(item, before);
    if (place) this.act(item, place);
    return undefined;
  }

  /** Check 4. The place of the act, or null where its act cannot be taken for one of that stream. */
  placeOf(item) {
    const { entry, index } = item;
    const isRegister = entry.stream === 'register';
    const isIntake = entry.stream === 'intake';
    const parts = isRegister || isIntake ? null : streamParts(entry.stream);
    if (!isRegister && !isIntake && !parts) return (this.tell(4, index, `a stream that is none: ${entry.stream}`), null);
    const stream = this.streams.get(entry.stream) ?? this.begin(item, isRegister);
    // BUN-15: of the messages outside the range only some are shown.
    const isLoose = isIntake && this.shown.start > 0 && !(stream.isInRange && !item.recalled);
    if (isIntake && !item.recalled) stream.isInRange = true;
    if (isLoose ? entry.index < stream.next : entry.index !== stream.next) {
      this.tell(4, index, `${entry.stream}: act ${entry.index} is where act ${stream.next} should be`);
    }
    stream.next = Math.max(stream.next, entry.index + 1);
    if (isRegister !== entry.kindInfo.isOfRegister || isIntake !== entry.kindInfo.isOfIntake)
      return (this.tell(4, index, 'an act of the register or of messages in another stream, or the reverse'), null);
    const { act } = entry;
    if (act.act === 'draft_circulated' && (act.symbol !== parts.symbol || (act.round ?? 1) !== parts.round)) {
      return (this.tell(4, index, `the draft ${act.symbol} in the stream ${entry.stream}`), null);
    }
    return { isRegister, isIntake, parts, stream };
  }

  begin(item, isRegister) {
    const { entry } = item;
    // In a range a vote may begin at a later number: then it is not read as a vote.
    const mayBeginLater = !isRegister && this.shown.start > 0;
    const first = mayBeginLater ? entry.index : 0;
    const stream = { next: first, first, vote: null, keys: new Set(), nonces: new Set(), name: entry.stream };
    this.streams.set(entry.stream, stream);
    return stream;
  }

  /** Checks 1, 7 and 3: whether a key in authority has signed it. */
  isInForce(item, isFirst, place) {
    const { entry, index } = item;
    if (isFirst && (entry.act.act !== 'ledger_founded' || index !== 0)) {
      return (this.tell(1, index, `the log begins with ${entry.kind}, not with the founding of a ledger`), false);
    }
    if (isFirst && entry.act.registrar.key !== entry.actor.key) {
      return (this.tell(1, index, 'the founding is not signed by the key that it names as the registrar'), false);
    }
    const founder = isFirst ? entry.act.registrar : null;
    const fault = founder ? null : (this.register.keyFault(entry) ?? this.recorderFault(item, place));
    if (fault) return this.leaveWithout(item, 7, fault);
    const key = founder ? fromHex(founder.public_key) : this.register.publicKey(entry.actor.key);
    if (entry.envelope.keyId !== entry.actor.key) return this.leaveWithout(item, 3, 'signed by another key than its actor has');
    if (!envelopeHolds(entry.envelope, key)) {
      return this.leaveWithout(item, 3, `the signature of the key ${entry.actor.key.slice(0, 16)} does not hold`);
    }
    return true;
  }

  /** REG-6: whether the procedure of the vote lets the office record the act. */
  recorderFault({ entry }, place) {
    if (entry.kindInfo.isOfRegister || !place || place.isRegister || place.isIntake) return null;
    const isCirculation = entry.act.act === 'draft_circulated';
    const vote = place.stream.vote;
    const procedure = isCirculation ? this.procedure(entry.act.procedure) : vote?.procedure;
    if (!procedure || mayRecord(procedure, entry.act.act, entry.actor.office)) return null;
    return `the office ${entry.actor.office} may not record ${entry.act.act}`;
  }

  leaveWithout(item, check, text) {
    const { entry } = item;
    const name = `${entry.stream} ${entry.index} ${item.digest}`;
    this.withoutEffect.set(name, [...(this.withoutEffect.get(name) ?? []), { item, check, text }]);
    return false;
  }

  checkSeen({ entry, index }) {
    const { seen } = entry;
    if (seen.size > index)
      return this.tell(6, index, `its recorder had seen ${seen.size} entries, and ${index} come before it`);
    // For a state before the range, paths may say more; only the entries of the range are compared with it.
    const isShown = seen.size === 0 || this.shown.isInRange(seen.size);
    const root = isShown ? this.shown.tree.root(seen.size) : null;
    if (root && !equal(root, fromBase64(seen.root))) {
      this.tell(6, index, `its recorder had seen other entries before it: the first ${seen.size} hash to another root`);
    }
    return undefined;
  }

  checkCount({ entry, index }, before) {
    if (entry.format === 'inblue-entry/1') {
      if (this.isCounting) this.tell(18, index, 'is of inblue-entry/1, and one of inblue-entry/2 comes before it');
      return;
    }
    this.isCounting = true;
    if (entry.register !== before) {
      this.tell(18, index, `says that ${entry.register} entries of the register come before it, and there are ${before}`);
    }
  }

  act(item, place) {
    const { entry, index } = item;
    if (place.isRegister) this.actOfRegister(item);
    for (const digest of digestsOf(entry.act)) this.name(digest, index);
    // The zone is named by the snapshot of an opening, wherever the vote begins.
    const zone = entry.act.act === 'letter_sent' && entry.act.snapshot ? this.snapshot(entry.act.snapshot)?.zone : null;
    if (zone) this.name(zone.sha256, index);
    if (place.isIntake) this.messages.act(item);
    else if (!place.isRegister) this.actOfVote(item, place);
    this.checkIdempotency(item, place.stream);
  }

  checkIdempotency({ entry, index }, stream) {
    const key = entry.idempotency_key ?? null;
    if (key === null) return;
    if (stream.keys.has(key)) this.tell(4, index, `the idempotency key ${key} is that of an earlier act`);
    stream.keys.add(key);
  }

  actOfRegister(item) {
    const { entry, index } = item;
    const { act } = entry;
    for (const fault of this.register.put(entry, index)) {
      if (Array.isArray(fault)) this.tell(fault[0], index, fault[1]);
      else this.tell(7, index, fault);
    }
    if (act.act === 'entry_disowned') this.disown(item);
    if (act.act === 'register_stated') this.state(item);
    if (act.act === 'authority_adopted') {
      const bytes = this.file(act.sha256);
      const document = bytes ? readAuthority(bytes) : null;
      if (bytes && document?.name !== act.name)
        this.tell(8, index, 'what is adopted as an authority is not the document of one, of that name');
    }
  }

  disown(item) {
    const { act } = item.entry;
    const name = `${act.stream} ${act.index} ${act.digest}`;
    const found = this.withoutEffect.get(name);
    if (found) {
      this.withoutEffect.delete(name);
      this.disowned.set(name, found);
      return;
    }
    if (this.disowned.has(name)) return this.tell(7, item.index, 'the entry is disowned already');
    const stream = this.streams.get(act.stream);
    const isShown =
      act.stream === 'register' || this.shown.start === 0 || (stream && act.index >= stream.first && act.index < stream.next);
    if (isShown) return this.tell(7, item.index, 'what is disowned is not an earlier entry without effect');
    this.notShown.push(`what entry ${item.index} disowns is not shown`);
    return undefined;
  }

  state(item) {
    const isBehind = item.index > this.shown.end;
    this.lastStated = item;
    for (const { stream, acts } of item.entry.act.votes) {
      const held = this.streams.get(stream);
      const isKnown = held && item.index >= this.shown.start;
      const isWrong = isBehind
        ? isKnown && held.next > acts
        : (isKnown && held.next !== acts) || (!held && this.shown.start === 0);
      if (isWrong) this.tell(10, item.index, `says that ${stream} had ${acts} acts; it had ${held?.next ?? 0}`);
      if (item.index < this.shown.start) this.stated.set(stream, acts);
    }
  }

  actOfVote(item, place) {
    const { entry, index } = item;
    const { stream, parts } = place;
    if (entry.act.act === 'vote_cast') this.messages.named(item, parts);
    if (entry.index < (this.stated.get(entry.stream) ?? 0)) {
      this.tell(10, index, 'the register states more acts of this vote than come before it');
      this.stated.delete(entry.stream);
    }
    if (stream.first > 0) {
      if (entry.act.act === 'draft_circulated') this.tell(10, index, 'the draft is circulated again');
    } else {
      stream.vote ??= new Vote(entry.stream, parts);
      this.checkPins(item, stream.vote);
    }
    if (entry.act.act === 'vote_cast' && entry.act.ballot) {
      const vote = stream.vote?.draft && !stream.vote.broken ? stream.vote : null;
      for (const [check, text] of ballotFaults(entry, this.register, parts, vote, stream.nonces)) this.tell(check, index, text);
    }
    if (!stream.vote) return;
    const fault = stream.vote.put(item, this);
    if (fault) this.tell(10, index, fault);
    else this.checkZone(item, stream.vote);
  }

  checkPins(item, vote) {
    const { act } = item.entry;
    if (act.act === 'draft_circulated' && !this.register.procedures.has(act.procedure)) {
      this.tell(8, item.index, `the procedure ${act.procedure.slice(0, 16)} was never adopted in this ledger`);
    }
    if (act.act !== 'letter_sent' || act.kind !== 'opening' || act.snapshot === null || !vote.draft || vote.broken) return;
    const snapshot = this.snapshot(act.snapshot);
    if (!snapshot) return;
    for (const text of openingFaults(act, snapshot, vote, this.register)) this.tell(8, item.index, text);
  }

  /** The zone that an opening pins, compared with one that the reader brings: the same times from opening to close. */
  checkZone(item, vote) {
    const { opening } = vote;
    const brought = opening?.item === item && opening.zone ? this.shown.zones.get(opening.snapshot.zone.name) : null;
    const [from, to] = [opening?.opens.earliest ?? null, opening?.closes.latest ?? null];
    if (!brought || from === null || to === null) return;
    if (!sameTime(opening.zone, brought, Number(from / 1_000_000n), Number(to / 1_000_000n))) {
      this.tell(8, item.index, 'the zone that the opening pins gives another time than the one of the trust file');
    }
  }

  /** ENT-62: whether a later round of a draft began after the one before. */
  roundFault(vote, act) {
    const round = act.round ?? 1;
    if (round === 1) return null;
    if ((act.after ?? null) === null) return 'a later round that names no end of the one before';
    const name = round === 2 ? `vote:${act.symbol}` : `vote#${round - 1}:${act.symbol}`;
    const stream = this.streams.get(name);
    const before = stream?.vote ?? null;
    if (!before || before.broken || !before.draft) {
      if (this.shown.start === 0 && !stream) return `round ${round - 1} of ${act.symbol} is not there`;
      this.notShown.push(`that round ${round - 1} of ${act.symbol} was over: it is not shown from its beginning`);
      return null;
    }
    if (!before.end) return `round ${round - 1} of ${act.symbol} is not over; the draft cannot be put again before`;
    if (before.end.digest !== act.after) return 'it names another entry as the end of the round before';
    return before.times === act.times ? null : 'it is of other times than the round before';
  }

  /** Check 9: a file that is named must be kept, with its bytes. */
  name(digest, index) {
    if (this.named.has(digest)) return;
    this.named.add(digest);
    const bytes = this.shown.files.get(digest);
    if (!bytes) this.tell(9, index, `the file ${digest.slice(0, 16)} is not kept here`);
    else if (!this.file(digest)) this.tell(9, index, `the file ${digest.slice(0, 16)} has other bytes than its digest says`);
  }

  file(digest) {
    return this.document(digest, 'file', (bytes) => bytes);
  }

  document(digest, kind, read) {
    const name = `${kind} ${digest}`;
    if (!this.cache.has(name)) {
      const bytes = this.shown.files.get(digest);
      const isTrue = bytes && toHex(sha256(bytes)) === digest;
      this.cache.set(name, isTrue ? read(bytes) : null);
    }
    return this.cache.get(name);
  }

  procedure(digest) {
    return this.document(digest, 'procedure', readProcedure);
  }

  snapshot(digest) {
    return this.document(digest, 'snapshot', readSnapshot);
  }

  zone(digest) {
    return this.document(digest, 'zone', (bytes) => (isZone(bytes) ? readZone(bytes) : null));
  }

  /** Tell of the entries without effect that nobody disowned. */
  finish() {
    for (const found of this.withoutEffect.values())
      for (const { item, check, text } of found) this.tell(check, item.index, text);
  }

  /** How many acts the log's last entry states of a stream, or null where it states none (REC-7, BUN-42). */
  lastStatedActs(name) {
    const size = this.shown.checkpoint?.size;
    const last = this.lastStated;
    if (!last || last.index + 1 !== size) return null;
    return last.entry.act.votes.find((each) => each.stream === name)?.acts ?? null;
  }

  /** The stream of a vote as log.json names it: a symbol, or a symbol and a round. */
  streamOf(name) {
    const found = /^(.*)#([1-9][0-9]{0,3})$/s.exec(name);
    const later = found ? this.streams.get(`vote#${found[2]}:${found[1]}`) : null;
    return later ?? this.streams.get(`vote:${name}`) ?? null;
  }

  votes() {
    return [...this.streams.values()].filter((stream) => stream.vote);
  }
}
