// The register: who may act, at each entry (register.md). Faults are told as texts of check 7, or with
// the number of another check before them.

import { fromHex, toHex } from './bytes.mjs';
import { isStrong, keyId } from './ed25519.mjs';
import { ED25519, readLogKey, readVkey, ML_DSA_44 } from './note.mjs';
import { microsOf } from './types.mjs';

const MOST_GRANTS = 10_000;
const MOST_LOG_KEYS = 100;
const MOST_AUTHORITIES = 20;
const MOST_HOURS = 1_000;

/** Whether a grant covers an instant: from its beginning, up to and without its end (REG-4). */
export function covers(grant, instant) {
  const at = microsOf(instant);
  if (grant.valid_from !== null && at < microsOf(grant.valid_from)) return false;
  return grant.valid_until === null || at < microsOf(grant.valid_until);
}

export class Register {
  constructor() {
    this.origin = null;
    this.founder = null;
    this.keys = new Map(); // id of the key: its public key, grants, and the entry that revoked it
    this.grants = []; // in the order of enrolment
    this.procedures = new Set();
    this.authorities = new Map(); // name: digest
    this.logKeys = []; // the log's keys in order: text, vkey, the entry that began its term
    this.announced = null; // the announcement in force since the last succession
    this.logPublic = new Set();
    this.hours = new Map(); // hours that the registrar disowned
    this.successions = [];
    this.officers = new Set(); // public keys of officers and members
    this.registrars = new Set(); // ids of the registrar's keys that are not revoked
    this.logTexts = new Set();
    this.logIds = new Map();
  }

  /** Why a key may not record this entry, or null (REG-2 to REG-5). */
  keyFault(entry) {
    const key = this.keys.get(entry.actor.key);
    if (!key) return `the key ${entry.actor.key.slice(0, 16)} is not enrolled`;
    if (key.revoked) return `the key ${entry.actor.key.slice(0, 16)} is revoked`;
    const held = key.grants.filter((grant) => grant.office === entry.actor.office);
    if (held.length === 0) return `the key does not hold the office ${entry.actor.office}`;
    const inForce = held.filter((grant) => covers(grant, entry.recorded_at));
    if (inForce.length === 0) return `the key does not hold the office ${entry.actor.office} at that instant`;
    const { member } = entry.act;
    if (typeof member === 'string' && !inForce.some((grant) => grant.member === null || grant.member === member)) {
      return `the key is of another member than ${member}`;
    }
    if (entry.kindInfo.isOfRegister && entry.actor.office !== 'registrar') return 'the register is kept by the registrar';
    if (entry.kindInfo.isOfIntake !== (entry.actor.office === 'intake'))
      return 'messages are recorded by the office intake, and nothing else is';
    return null;
  }

  publicKey(id) {
    const key = this.keys.get(id);
    return key ? fromHex(key.public) : null;
  }

  /** The keys that are enrolled for a member, and in force at an instant (BAL-11). */
  keyOfMember(id, member, instant) {
    const key = this.keys.get(id);
    if (!key || key.revoked) return null;
    const held = key.grants.some((grant) => grant.member === member && covers(grant, instant));
    return held ? fromHex(key.public) : null;
  }

  /** The key that the log had when it had `size` entries (LOG-17). */
  logKeyAt(size) {
    return this.logKeys.findLast((each) => each.from < size) ?? null;
  }

  get vkeys() {
    return this.logKeys.map((each) => each.vkey).filter(Boolean);
  }

  /** Put the act of an entry of the register, at its index in the log. The faults are as they were before it. */
  put(entry, index) {
    const act = entry.act;
    switch (act.act) {
      case 'ledger_founded':
        return this.found(act, index);
      case 'key_enrolled':
        return this.enrol(act);
      case 'key_revoked':
        return this.revoke(act, index);
      case 'log_key_announced':
        return this.announce(act, index);
      case 'log_key_succeeded':
        return this.succeed(act, index);
      case 'procedure_adopted':
        return (this.procedures.add(act.sha256), []);
      case 'authority_adopted':
        return this.adopt(act);
      case 'authority_retired':
        return this.retire(act);
      case 'clock_disowned':
        return this.disownHour(act);
      default:
        return [];
    }
  }

  found(act, index) {
    if (this.founder !== null) return ['the ledger is founded already'];
    this.founder = act.registrar.key;
    this.origin = act.origin;
    const faults = this.grant(act.registrar);
    const vkey = readLogKey(act.log_key);
    if (!vkey || vkey.name !== act.origin) faults.push('the key of the log is none that a log may have under this origin');
    faults.push(...this.isOfficers(act.log_key));
    this.beginTerm(act.log_key, vkey, index);
    return faults;
  }

  grant(grant) {
    const faults = [];
    const bytes = fromHex(grant.public_key);
    if (!isStrong(bytes)) faults.push('the key is weak: no canonical point of the group');
    if (keyId(bytes) !== grant.key) faults.push('the id is not that of the key');
    if (this.logPublic.has(grant.public_key)) faults.push('the key is one of the log');
    const key = this.keys.get(grant.key) ?? { public: grant.public_key, grants: [], revoked: null };
    if (key.revoked) faults.push('a revoked key is enrolled again');
    if (grant.member !== null && key.grants.some((each) => each.member !== null && each.member !== grant.member)) {
      faults.push('the key is enrolled for another member');
    }
    const isIntake = grant.office === 'intake';
    if (isIntake && grant.member !== null) faults.push('the office intake acts for no member');
    if (key.grants.length && isIntake !== key.grants.some((each) => each.office === 'intake'))
      faults.push('a key of the office intake has no other office');
    key.grants.push(grant);
    this.officers.add(grant.public_key);
    if (grant.office === 'registrar' && !key.revoked) this.registrars.add(grant.key);
    this.keys.set(grant.key, key);
    this.grants.push(grant);
    if (this.grants.length > MOST_GRANTS) faults.push(`more than ${MOST_GRANTS} grants`);
    return faults;
  }

  enrol(act) {
    const faults = [];
    if (act.replaces !== null && !this.keys.has(act.replaces)) faults.push('it replaces a key that is not enrolled');
    return [...faults, ...this.grant(act.grant)];
  }

  revoke(act, index) {
    const key = this.keys.get(act.key);
    if (!key) return ['a key is revoked that is not enrolled'];
    if (key.revoked) return ['the key is revoked already'];
    const isLast = this.registrars.delete(act.key) && this.registrars.size === 0;
    const faults = isLast ? ["the registrar's last key is revoked"] : [];
    key.revoked = { index, since: act.compromised_since };
    return faults;
  }

  keepLogKey(text) {
    const vkey = readVkey(text, [ED25519, ML_DSA_44]);
    if (vkey) this.logPublic.add(toHex(vkey.key));
  }

  isOfficers(text) {
    const vkey = readVkey(text, [ED25519, ML_DSA_44]);
    return vkey && this.officers.has(toHex(vkey.key)) ? ["the log's key is an officer's or a member's"] : [];
  }

  hadLogKey(text) {
    return this.logTexts.has(text);
  }

  beginTerm(text, vkey, index) {
    this.logKeys.push({ text, vkey, from: index });
    this.logTexts.add(text);
    this.keepLogKey(text);
    if (!vkey) return false;
    // LOG-16: a line under one name and id could be of either key.
    const held = this.logIds.get(vkey.id) ?? text;
    this.logIds.set(vkey.id, held);
    return held !== text;
  }

  announce(act, index) {
    const vkey = readLogKey(act.log_key);
    const faults = this.isOfficers(act.log_key);
    if (!vkey || vkey.name !== this.origin) faults.push('the key is none that a log may have under this origin');
    if (this.hadLogKey(act.log_key)) faults.push('the log has that key, or had it');
    this.announced = { text: act.log_key, index };
    this.keepLogKey(act.log_key);
    return faults;
  }

  succeed(act, index) {
    const vkey = readLogKey(act.log_key);
    const faults = this.isOfficers(act.log_key);
    const good = vkey !== null && vkey.name === this.origin;
    if (!good) faults.push([5, 'the key is none that a log may have under this origin']);
    if (this.hadLogKey(act.log_key)) faults.push('the log has that key, or had it');
    if (act.cause === 'rotation' && this.announced?.text !== act.log_key)
      faults.push('a rotation to a key that was not announced last');
    const before = this.logKeys.at(-1) ?? null;
    const announcement = this.announced?.text === act.log_key ? this.announced.index : null;
    this.successions.push({ index, act, before, announcement, position: this.logKeys.length });
    if (this.beginTerm(act.log_key, good ? vkey : null, index)) faults.push([5, 'another key of the log has this name and id']);
    if (this.logKeys.length > MOST_LOG_KEYS) faults.push(`more than ${MOST_LOG_KEYS} keys of the log`);
    this.announced = null;
    return faults;
  }

  adopt(act) {
    this.authorities.set(act.name, act.sha256);
    return this.authorities.size > MOST_AUTHORITIES ? [`more than ${MOST_AUTHORITIES} authorities`] : [];
  }

  retire(act) {
    return this.authorities.delete(act.name) ? [] : ['an authority is retired that is not adopted'];
  }

  disownHour(act) {
    const name = `${act.stream} ${act.index}`;
    const faults = this.hours.has(name) ? ['the hour of this entry is disowned already'] : [];
    this.hours.set(name, act.recorded_at);
    return this.hours.size > MOST_HOURS ? [...faults, `more than ${MOST_HOURS} hours are disowned`] : faults;
  }

  /** Every grant whose key is not revoked, in the order of enrolment (REG-30). */
  grantsInForce() {
    return this.grants.filter((grant) => !this.keys.get(grant.key).revoked);
  }
}
