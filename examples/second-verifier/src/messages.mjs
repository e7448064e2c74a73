// Messages on record, and the replies that name them (ENT-80 to ENT-85, BUN-11, BUN-14): check 19.

import { sha256, toHex } from './bytes.mjs';
import { partOf } from './mime.mjs';

const SALT = 32;

export class Messages {
  constructor(audit) {
    this.audit = audit;
    this.met = new Map(); // the number of a message: the item of its entry
    this.digests = new Set();
    this.used = new Set(); // numbers of messages that replies of votes with a verdict name
    this.looked = new Map(); // the number of a message: what was observed in it, as digest and index
    this.unseen = 0;
  }

  act(item) {
    const { act, index: number } = item.entry;
    const tell = (text) => this.audit.tell(19, item.index, text);
    if (act.act === 'message_observed') {
      const isAsked = this.audit.shown.start === 0 || act.message >= number;
      if (isAsked && !this.met.has(act.message)) tell(`it is about message ${act.message}, which was not received before`);
      this.looked.set(act.message, [...(this.looked.get(act.message) ?? []), [act.observation, item.index]]);
      if (this.used.has(act.message)) this.audit.name(act.observation, item.index);
      return;
    }
    if (this.digests.has(act.digest)) tell('it receives a message that was received before');
    this.digests.add(act.digest);
    this.met.set(number, item);
  }

  named(item, parts) {
    const { audit } = this;
    const { act } = item.entry;
    const message = act.message ?? null;
    if (message === null) return;
    const name = parts.round > 1 || /#[0-9]+$/.test(parts.symbol) ? `${parts.symbol}#${parts.round}` : parts.symbol;
    const isAbout = audit.shown.about.has(name);
    const met = this.met.get(message.received) ?? null;
    if (met === null && !isAbout && audit.shown.start > 0) {
      this.unseen++;
      return;
    }
    const which = `message ${message.received}`;
    if (met === null) audit.tell(19, item.index, `${which} was not received before the reply that names it`);
    else if (met.entry.act.digest !== message.digest) audit.tell(19, item.index, `${which} has another digest`);
    else if (met.entry.recorded_at !== act.received_at) audit.tell(19, item.index, `${which} was recorded at another instant`);
    else if (!isAbout) this.unseen++;
    else this.compare(item, act, message);
  }

  compare(item, act, message) {
    const { audit } = this;
    if (!this.used.has(message.received)) // BUN-14: and what was observed in it
      for (const [digest, index] of this.looked.get(message.received) ?? []) audit.name(digest, index);
    this.used.add(message.received);
    audit.name(message.digest, item.index);
    const file = audit.file(message.digest);
    if (!file || message.part === null) return;
    const part = file.length > SALT ? partOf(file.subarray(SALT), message.part) : null;
    if (!part || toHex(sha256(part)) !== act.instrument.sha256)
      audit.tell(19, item.index, `part ${message.part} of message ${message.received} is not the paper of the reply`);
  }

  /** BUN-11: of messages outside the range only those are here that a reply names, and what was observed in these. */
  checkRecalled() {
    for (const { entry, index, recalled, hasEffect } of this.audit.items) {
      if (!recalled || !hasEffect || entry.stream !== 'intake') continue;
      const about = entry.act.act === 'message_observed' ? entry.act.message : entry.index;
      if (!this.used.has(about)) this.audit.tell(11, index, 'the entry of a message that no reply of these votes names');
    }
  }
}
