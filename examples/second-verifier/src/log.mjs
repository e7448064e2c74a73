// Check 5: the tree, the checkpoint, and the succession of the log's keys. Also what checks 13 to 17 ask of a
// checkpoint: whether it is an earlier state of this log.

import { equal } from './bytes.mjs';
import { logSignatureFault, NoteError, readCheckpoint, readCheckpointText } from './note.mjs';
import { coverOf, isConsistent, KnownTree, leafHash, pathPlaces, rootByInclusion, wholesOf } from './tree.mjs';

/** A checkpoint in form, or the reason why it is none. */
export function tryCheckpoint(source) {
  try {
    return { checkpoint: typeof source === 'string' ? readCheckpointText(source) : readCheckpoint(source) };
  } catch (error) {
    if (!(error instanceof NoteError)) throw error;
    return { fault: error.message };
  }
}

/** The part of a log that is shown: where it is in the log, and what of the tree follows. */
export class Shown {
  constructor({ start, end, entries, before, files, zones, about }) {
    this.start = start;
    this.end = end;
    this.files = files;
    this.zones = zones ?? new Map();
    this.about = about ?? new Set(); // votes whose replies have their messages here
    this.tree = new KnownTree();
    this.checkpoint = null;
    this.entries = entries;
    wholesOf(start).forEach(([from, to], at) => this.tree.put(from, to, before[at]));
    entries.forEach((bytes, at) => this.tree.put(start + at, start + at + 1, leafHash(bytes)));
  }

  /** Check what is shown against the checkpoint, and report faults of check 5. */
  compare(bytes, after, problems) {
    const { checkpoint, fault } = tryCheckpoint(bytes);
    if (fault) return problems.add(5, null, `the checkpoint: ${fault}`);
    this.checkpoint = checkpoint;
    const { size } = checkpoint;
    if (this.start + this.entries.length < this.end) {
      problems.add(
        5,
        null,
        `an entry is missing here: the range ends at ${this.end}, and ${this.entries.length} entries are shown`,
      );
    }
    if (this.end > size)
      return problems.add(5, null, `the range ends at ${this.end}, behind the ${size} entries of the checkpoint`);
    const places = coverOf(this.end, size, size);
    if (places.length !== after.length) return problems.add(5, null, 'not as many hashes behind the range as there must be');
    places.forEach(([from, to], at) => this.tree.put(from, to, after[at]));
    const root = this.tree.root(size);
    if (!root || !equal(root, checkpoint.root))
      return problems.add(5, null, 'not the entries that were here when the log was signed');
    return undefined;
  }

  /** Put the entries around the range, each with its path (BUN-22). */
  recall(places, lines, problems) {
    places.forEach(({ index, path }, at) => {
      if (at >= lines.length) return;
      const leaf = leafHash(lines[at]);
      const { checkpoint } = this;
      const root = checkpoint ? rootByInclusion(index, checkpoint.size, leaf, path) : null;
      const holds = root !== null && equal(root, checkpoint.root);
      if (checkpoint && !holds) problems.add(5, index, 'the entry is not included in the log at its stated place');
      this.tree.put(index, index + 1, leaf);
      if (holds) pathPlaces(index, checkpoint.size).forEach(([from, to], step) => this.tree.put(from, to, path[step]));
    });
  }

  /** Whether a checkpoint is an earlier state, or the present one, by what is shown: true, false, or null: not known. */
  isEarlier(checkpoint) {
    if (this.checkpoint && checkpoint.size > this.checkpoint.size) return false;
    const root = this.tree.root(checkpoint.size);
    return root ? equal(root, checkpoint.root) : null;
  }

  /** The same of a size outside the range, by a path to the checkpoint (RFC 9162, 2.1.4.2). */
  isEarlierByPath(checkpoint, path) {
    const held = this.checkpoint;
    return held !== null && isConsistent(checkpoint.size, checkpoint.root, held.size, held.root, path);
  }

  /** Whether the entries that are shown give the root of the first `size` entries. */
  isInRange(size) {
    return size >= this.start && size <= this.end;
  }
}

/** The signature on the checkpoint, by the key that the log had at its size (LOG-14, LOG-17). */
export function checkSignature(checkpoint, register, problems) {
  const key = register.logKeyAt(checkpoint.size);
  const fault = logSignatureFault(checkpoint, key?.vkey ?? null, register.vkeys);
  if (fault) problems.add(5, null, `the checkpoint: ${fault}`);
}

/** LOG-20 to LOG-27. Says for each succession whether it is handed over. */
export function checkSuccessions(register, shown, paths, problems) {
  const expected = [];
  for (const succession of register.successions) {
    const { index, act, before } = succession;
    succession.isHandedOver = false;
    const { checkpoint, fault } = tryCheckpoint(act.handover);
    const tell = (text) => problems.add(5, index, `the checkpoint handed over: ${text}`);
    if (fault) {
      tell(fault);
      continue;
    }
    const signed = logSignatureFault(checkpoint, before?.vkey ?? null, register.vkeys);
    if (signed) tell(signed);
    if (checkpoint.size < 1 || checkpoint.size > index || checkpoint.size <= (before?.from ?? 0))
      tell('of a size that the key before did not sign');
    let path = null;
    if (!shown.isInRange(checkpoint.size)) {
      expected.push(index);
      path = paths.find((each) => each.entry === index)?.path ?? null;
      if (path === null) {
        tell('it is not shown to be a state of this log');
        continue;
      }
    }
    const isEarlier = path === null ? shown.isEarlier(checkpoint) : shown.isEarlierByPath(checkpoint, path);
    if (isEarlier !== true) tell('it is not a state of this log');
    else succession.isHandedOver = !signed && succession.announcement !== null && checkpoint.size > succession.announcement;
  }
  const given = paths.map((each) => each.entry);
  if (given.length !== expected.length || given.some((each, at) => each !== expected[at])) {
    problems.add(5, null, 'paths for other handovers than those that lie outside the range');
  }
}
