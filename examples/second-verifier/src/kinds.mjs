// The kinds of acts and their fields: the table of the specification (entries.md, "Kinds and fields"), as it is
// there but for a few words, read into types. `?` may be null, `*` is a list, `/2` came with version 2 of the kind.

import * as is from './types.mjs';

const STRUCTURES = `
Answer | position: name, question: name
OwnTimestamp | query: base64, token: base64
Instrument | addressee: name?, cites_opening_letter: bool?, dated: day?, form: name, language: line?, media_type: line?, office: name?, office_in_heading: name?, rank: line?, rank_in_english: line? /2, remarks: text*, sha256: digest?, signatory: line?, signatory_latin: line?, signed: bool?, translation: line? /2
KeyGrant | holder: line?, key: digest, member: member?, office: name, public_key: digest, valid_from: instant?, valid_until: instant?
NamedMessage | digest: digest, part: path?, received: act
SignedBallot | envelope: envelope, timestamps: OwnTimestamp*
StreamStated | acts: counted, stream: stream
`;

const KINDS = `
authority-adopted@1 | name: name, sha256: digest
authority-retired@1 | name: name, reason: text
clerical-error-corrected@1 | corrected_at: moment?, field: line, media_type: line?, member: member, now: bool|line?, reason: text, reply: 1-9999, sha256: digest?, was: bool|line?
clock-disowned@2 | index: act, reason: text, recorded_at: instant, stream: anystream
co-sponsorship-announced@1 | announced_at: moment?, member: member
draft-circulated@3 | after: digest? /2, circulated_at: moment?, dated: day?, languages: line*, original: line? /3, procedure: digest, provisional: bool? /3, question: name, replies: complete|incomplete|counts_only|secret_ballot? /3, round: 1-9999 /2, sponsors: member*, symbol: line, texts: texts, times: live|documented|simulated, title: line?
draft-corrected@1 | corrected_at: moment?, field: title|dated|sponsors|question|languages|texts, now: line|line*|texts?, reason: text, was: line|line*|texts?
draft-withdrawn@1 | withdrawn_at: moment?
electorate-changed@1 | advisory: bool, alternates: member*, change: begins|ends, changed_at: moment?, groups: name*, media_type: line?, member: member, permanent: bool, reason: text, sha256: digest?, weights: weights
entry-disowned@2 | digest: digest, index: act, reason: text, stream: anystream
entry-voided@1 | number: act, reason: text, voided_at: moment?
explanation-filed@2 | filed_at: moment?, form_of_address: line? /2, languages: line*, media_type: line?, member: member, office: name? /2, remarks: text*, sha256: digest?, speaker: line? /2, speaker_latin: line? /2, translation: line? /2
fact-recorded@1 | by: line?, established_at: moment?, fact: name, media_type: line?, sha256: digest?, status: present|missing
key-enrolled@1 | grant: KeyGrant, replaces: digest?
key-revoked@1 | compromised_since: instant?, key: digest, reason: text
ledger-founded@1 | log_key: vkey, origin: line, registrar: KeyGrant
letter-sent@3 | addressees: name* /3, agenda_item: line? /3, closes_at: instant?, counting: elapsed|calendar|working_days? /2, dated: day?, distributed: day?, distribution: line? /3, kind: procedure|opening|outcome|compendium, language: line? /3, media_type: line?, offices: name* /3, opens_at: moment?, programme_of_work: bool?, rank: line? /3, rank_in_english: line? /3, remarks: text* /3, sender: member?, sent_at: moment?, sha256: digest?, signatory: line? /3, signatory_latin: line? /3, signed: bool? /3, snapshot: digest?, symbol: line?, translation: line? /3
log-key-announced@1 | log_key: vkey
log-key-succeeded@1 | cause: rotation|loss|compromise, compromised_since: instant?, handover: note, log_key: vkey
message-observed@1 | message: act, observation: digest
message-received@1 | digest: digest
presidency-assigned@2 | body: line, member: member, month: month, reason: text? /2
procedure-adopted@1 | id: line, sha256: digest
receipt-acknowledged@2 | acknowledged_at: moment?, media_type: line? /2, member: member, reply: 1-9999, sha256: digest? /2
register-stated@1 | votes: StreamStated*
reply-rejected@1 | clause: name, member: member, reason: text, rejected_at: moment?, reply: 1-9999
result-announced@4 | announced_at: moment?, by: member? /2, corrects: act? /3, media_type: line? /4, outcome: name?, resolution: line?, sha256: digest? /4
roster-adopted@1 | name: line, sha256: digest
tally-circulated@2 | circulated_at: moment?, counts: counts, media_type: line? /2, sha256: digest? /2
vote-annulled@1 | annulled_at: moment?, by: member?, media_type: line?, reason: text, sha256: digest?
vote-cast@4 | answers: Answer* /3, ballot: SignedBallot?, by: member? /2, condition: text? /3, effective_at: instant? /3, explanation: none_stated|silent|enclosed|announced, instrument: Instrument, member: member, message: NamedMessage? /4, position: name?, reasons: bool? /3, received_at: moment?, replaces: act? /2, says: withdraws|dissociates|not_on_record? /2, sent_at: moment? /2
voting-closed@1 | closed_at: moment?
window-changed@1 | changed_at: moment?, closes_at: instant
window-resumed@1 | resumed_at: moment?
window-suspended@1 | by: member?, media_type: line?, reason: text, sha256: digest?, suspended_at: moment?
`;

// Acts of the register. Every other act is one of a vote, and has a field more: the source it is printed in.
const OF_REGISTER = new Set([
  'authority-adopted',
  'authority-retired',
  'clock-disowned',
  'entry-disowned',
  'key-enrolled',
  'key-revoked',
  'ledger-founded',
  'log-key-announced',
  'log-key-succeeded',
  'presidency-assigned',
  'procedure-adopted',
  'register-stated',
  'roster-adopted',
]);

const OF_INTAKE = new Set(['message-received', 'message-observed']);

const TYPES = {
  text: is.isText,
  line: is.isLine,
  name: is.isName,
  member: is.isMember,
  digest: is.isDigest,
  bool: is.isBool,
  instant: is.isInstant,
  day: is.isDay,
  moment: is.isMoment,
  month: is.isMonth,
  stream: is.isVoteStream,
  anystream: (value) => value === 'register' || value === 'intake' || is.isVoteStream(value),
  path: (value) => typeof value === 'string' && /^[1-9][0-9]{0,3}(\.[1-9][0-9]{0,3}){0,15}$/.test(value),
  vkey: (value) => is.isLine(value, 4000),
  note: (value) => is.isText(value, 400_000),
  envelope: (value) => is.isText(value, 8000),
  base64: is.isBase64Text,
  act: is.isInteger(0, 1_000_000),
  counted: is.isInteger(1, 1_000_000),
  '1-9999': is.isInteger(1, 9999),
  weights: is.mapOf(is.isName, is.isWeight),
  texts: is.mapOf((key) => is.isLine(key), is.isDigest),
  counts: is.mapOf(is.isName, is.isInteger(0, 100_000)),
};

// Bounds of lists that the table does not give.
const LIST_BOUNDS = { timestamps: [0, 2], votes: [1, 1000], answers: [0, 19] };

const structures = new Map();

const typeNamed = (name, version) => (structures.has(name) ? structures.get(name)[version > 1 ? 1 : 0] : TYPES[name]);

/** A choice is one of types where each of its words is a type, and else one of texts: `texts` is both. */
function typeOf(field, text, version) {
  const nullable = text.endsWith('?');
  const words = (nullable ? text.slice(0, -1) : text).split('|');
  const types = words.map((word) => {
    const one = typeNamed(word.replace(/\*$/, ''), version);
    return one && word.endsWith('*') ? is.listOf(one, ...(LIST_BOUNDS[field] ?? [])) : one;
  });
  const type = types.every(Boolean) ? is.anyOf(...types) : is.oneOf(...words);
  return nullable ? is.orNull(type) : type;
}

function fieldsOf(row, version) {
  const out = {};
  for (const field of row.split(', ')) {
    const [, name, type, since] = /^(\w+): (\S+)(?: \/(\d))?$/.exec(field);
    if (Number(since ?? 1) <= version) out[name] = typeOf(name, type, version);
  }
  return out;
}

const since = (row, version) =>
  row
    .split(', ')
    .filter((field) => field.endsWith(` /${version}`))
    .map((field) => field.split(':')[0]);

const rowsOf = (table) =>
  table
    .trim()
    .split('\n')
    .map((row) => row.split(' | '));

for (const [name, row] of rowsOf(STRUCTURES))
  structures.set(
    name,
    [1, 2].map((version) => is.shape(fieldsOf(row, version))),
  );

const INSTRUMENT_SINCE_2 = since(rowsOf(STRUCTURES).find(([name]) => name === 'Instrument')[1], 2);

/** Every kind with its version, such as `vote-cast@2`: what its act must be, and which fields came with the version. */
export const kinds = new Map();
for (const [latest, row] of rowsOf(KINDS)) {
  const [name, versions] = latest.split('@');
  const isOfRegister = OF_REGISTER.has(name);
  const isOfIntake = OF_INTAKE.has(name);
  const act = name.replaceAll('-', '_');
  for (let version = 1; version <= Number(versions); version++) {
    const fields = { ...fieldsOf(row, version), act: is.oneOf(act) };
    if (!isOfRegister && !isOfIntake) fields.source = is.orNull(is.isText);
    kinds.set(`${name}@${version}`, {
      act,
      isOfRegister,
      isOfIntake,
      version,
      isWellFormed: is.shape(fields),
      brought: since(row, version),
      broughtWithin: name === 'vote-cast' && version === 2 ? INSTRUMENT_SINCE_2 : [],
    });
  }
}

const saysNothing = (field, value) =>
  value === null || (Array.isArray(value) && value.length === 0) || (field === 'round' && value === 1);

/** Whether an act says something that its version alone can say (ENT-21). */
export function needsVersion(kind, act) {
  // ENT-33: what says something of an entry of messages is of version 2.
  if (act.act === 'entry_disowned' || act.act === 'clock_disowned') return (kind.version === 2) === (act.stream === 'intake');
  if (kind.version === 1) return true;
  return (
    kind.brought.some((field) => !saysNothing(field, act[field])) ||
    kind.broughtWithin.some((field) => act.instrument[field] !== null)
  );
}
