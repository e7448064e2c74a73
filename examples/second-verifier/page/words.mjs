// What the page says of each check, in plain words.

export const CHECKS = [
  null,
  ['founded', "The log begins with the founding of a ledger, signed by the key that it names as the registrar's."],
  ['form', 'Each entry is canonical, down to every field.'],
  ['signature', 'Each entry is signed by the key that it names, and each ballot by a key of its member, for just this vote.'],
  ['place', 'Each act is in the place that it names; none is missing in between.'],
  ['log', 'The entries hash to the root that the key of the log signed.'],
  ['seen', 'What an entry says its recorder had seen before was true.'],
  ['authority', 'Each key was enrolled and held its office at that time; the register was kept by its rules.'],
  ['pins', 'Each vote runs under a procedure that was adopted, and its opening pins what was in force.'],
  ['files', 'Every file that an entry names is in the bundle, with just those bytes.'],
  ['acts', 'Each vote can be read, act by act.'],
  ['container', 'Nothing is in the bundle that has no place there.'],
  ['derived', 'The summaries in the bundle are what the entries give.'],
  ['trust', 'The log is the one that your trust file describes.'],
  ['stamps', 'What was timestamped are earlier states of this log.'],
  ['receipt', 'What the receipts show is here, unchanged and in its place.'],
  ['witness', 'What witnesses cosigned are earlier states of this log.'],
  ['remembered', 'What was verified at an earlier audit has not been rewritten.'],
  ['register', 'No entry of the register was left out or put in.'],
];

export const PLACEMENT = { inside: 'inside the window', late: 'late', early: 'early', indeterminate: 'cannot be said' };

export const STRENGTH = {
  proven: 'a timestamp of a third party shows it',
  attested: "by the registrar's own signed clock",
  documented: 'by what is printed, or was entered later',
  none: 'nothing is on record',
};

const OUTCOME = { adopted: 'adopted', not_adopted: 'not adopted', vetoed: 'not adopted: vetoed', open: 'open' };

export const FOUND = {
  there: 'there',
  missing: 'missing',
  another: 'another is in its place',
  undecided: 'cannot be decided by what is shown here',
};

/** A word of the data as people read it. */
export const plain = (word) => String(word).replaceAll('_', ' ');

/** An outcome as people read it. */
export const outcome = (word) => (Object.hasOwn(OUTCOME, word) ? OUTCOME[word] : plain(word));

/** An instant as people read it: to the second, in UTC. */
export const instant = (text) =>
  text
    ? text.replace('T', ' ').replace(/(\.\d+)?Z$/, (all, part) => `${part ? part.replace(/0+$/, '') : ''} UTC`)
    : 'not known';

/** A note as a sentence. */
export const sentence = (text) => `${text[0].toUpperCase()}${text.slice(1)}${/[.!?]$/.test(text) ? '' : '.'}`;
