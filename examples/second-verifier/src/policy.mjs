// A C2SP tlog-policy: which witnesses a reader asks for (TRU-4, TRU-9, TRU-11).

import { toUtf8 } from './bytes.mjs';
import { ED25519, ML_DSA_44, readVkey, readWitnessKey } from './note.mjs';

export class PolicyError extends Error {}

const LONGEST = 150_000;
const MOST_LINES = 1000;
// A policy has no control characters but line feed and tab.
const CONTROL = /[\u0000-\u0008\u000b-\u001f\u007f]/;
// What is not seen, or turns or breaks a line, has no place in a statement either.
const UNSEEN = /[\u0080-\u009f\u2028\u2029\p{Default_Ignorable_Code_Point}]/u;
const RESERVED = new Set(['none', 'all', 'any']);

const fail = (why) => {
  throw new PolicyError(why);
};

/** How many members a group asks for; 0 where it does not say. */
function askedOf(word, count) {
  if (word === 'any') return 1;
  if (word === 'all') return count;
  return /^[1-9][0-9]{0,3}$/.test(word) ? Number(word) : 0;
}

class PolicyReader {
  constructor() {
    this.logs = [];
    this.witnesses = new Map();
    this.groups = new Map();
    this.quorum = null;
    this.keys = new Set();
    this.members = new Set();
  }

  name(name) {
    if (name === undefined || RESERVED.has(name)) fail(`a witness or group named ${name}`);
    if (this.witnesses.has(name) || this.groups.has(name)) fail(`${name} is there twice`);
    return name;
  }

  key(vkey) {
    const id = vkey.key.join(',');
    if (this.keys.has(id)) fail('a key is there twice');
    this.keys.add(id);
    return vkey;
  }

  line(words) {
    const [keyword, ...rest] = words;
    if (keyword === 'log') this.log(rest);
    else if (keyword === 'witness') this.witness(rest);
    else if (keyword === 'group') this.group(rest);
    else if (keyword === 'quorum') this.setQuorum(rest);
    else fail(`a line that begins with ${keyword.slice(0, 40)}`);
  }

  log(words) {
    const vkey = words.length === 1 || words.length === 2 ? readVkey(words[0], [ED25519, ML_DSA_44]) : null;
    this.logs.push(this.key(vkey ?? fail('a log without a key')));
  }

  witness(words) {
    const vkey = words.length === 2 || words.length === 3 ? readWitnessKey(words[1]) : null;
    this.witnesses.set(this.name(words[0]), this.key(vkey ?? fail('a witness without a key')));
  }

  group(words) {
    const name = this.name(words[0]);
    const members = words.slice(2);
    if (members.length === 0) fail('a group without members');
    for (const member of members) {
      if (!this.witnesses.has(member) && !this.groups.has(member)) fail(`${member} is not known before the group`);
      if (this.members.has(member)) fail(`${member} is in a group twice`);
      this.members.add(member);
    }
    const asked = askedOf(words[1], members.length);
    if (asked < 1 || asked > members.length) fail('a group asks for no member, or for more than it has');
    this.groups.set(name, { asked, members });
  }

  setQuorum(words) {
    if (this.quorum !== null || words.length !== 1) fail('not just one quorum');
    if (words[0] !== 'none' && !this.witnesses.has(words[0]) && !this.groups.has(words[0]))
      fail('a quorum that is not known before it');
    this.quorum = words[0];
  }
}

/** The policy that a text says. Throws PolicyError. */
export function readPolicy(text) {
  if (toUtf8(text).length > LONGEST) fail('longer than 150,000 bytes');
  if (CONTROL.test(text) || UNSEEN.test(text)) fail('a control character, or one that is not seen');
  const lines = text.split('\n');
  if (lines.length > MOST_LINES + 1) fail('more than 1,000 lines');
  const reader = new PolicyReader();
  for (const line of lines) {
    const words = line.split(/[ \t]+/).filter(Boolean);
    if (words.length && !words[0].startsWith('#')) reader.line(words);
  }
  if (reader.quorum === null) fail('no quorum');
  return reader;
}

/** Whether these witnesses, by name, are enough. `none` is met by nobody: nothing counts as witnessed (TRU-11). */
export function isMet(policy, signers) {
  const met = new Map();
  for (const name of policy.witnesses.keys()) met.set(name, signers.has(name));
  // A group names only earlier lines, so one pass is enough.
  for (const [name, { asked, members }] of policy.groups) {
    met.set(name, members.filter((member) => met.get(member)).length >= asked);
  }
  return policy.quorum !== 'none' && met.get(policy.quorum) === true;
}
