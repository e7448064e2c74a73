// One verification: a bundle or a published log, with what the reader knows and holds, and the verdict on it.

import { Audit } from './audit.mjs';
import { openBundle, Refused } from './container.mjs';
import { checkDerived } from './derived.mjs';
import { checkSignature, checkSuccessions, Shown } from './log.mjs';
import { checkWitnesses, readCosigned, readStamps } from './lines.mjs';
import { Problems } from './problems.mjs';
import { checkBallot, checkReceipt, readHandedIn } from './receipt.mjs';
import { asOf, told, verdictsOf } from './verdict.mjs';
import { checkTrust, readTrust } from './trust.mjs';

// Checks that are run in part alone, whatever the bundle, and why (SPEC-2).
export const IN_PART = {
  12: 'of record.json it is not derived which findings there must be and how certain the outcome is, what was observed in messages is not read, and of votes with unusual acts nothing is derived',
};
const OTHER_MEMBERS = 'which members the procedure of a vote has is not known here, so one that it does not have is not found';

/** The checks that are run in part, and why: those above, and 10 where a vote's procedure names members not known here. */
function inPartOf(audit) {
  const unknown = audit.votes().some(({ vote }) => vote.procedure && vote.procedure.members === undefined);
  return unknown ? { 10: OTHER_MEMBERS, ...IN_PART } : IN_PART;
}

function readEntries(audit, bundle) {
  const { log } = bundle;
  const shown = Math.min(bundle.entries.length, log.end - log.start);
  const recalled = log.recalled.slice(0, bundle.register.length);
  const behind = recalled.findIndex((each) => each.index >= log.start);
  const cut = behind < 0 ? recalled.length : behind;
  recalled.slice(0, cut).forEach(({ index }, at) => audit.read(bundle.register[at], index, true));
  for (let at = 0; at < shown; at++) audit.read(bundle.entries[at], log.start + at);
  recalled.slice(cut).forEach(({ index }, at) => audit.read(bundle.register[cut + at], index, true));
  if (shown + recalled.length === 0) audit.tell(1, null, 'the log is empty');
}

function checkContainer(bundle, audit, problems) {
  const { log } = bundle;
  for (const name of bundle.odd) problems.add(11, null, `${name} has no place in this bundle`);
  for (const digest of bundle.files.keys()) {
    if (!audit.named.has(digest))
      problems.add(11, null, `data/files/${digest.slice(0, 16)}... has no place in this bundle: no entry names it`);
  }
  if (bundle.register.length !== log.recalled.length)
    problems.add(11, null, 'other lines of the register than log.json places');
  if (bundle.entries.length > log.end - log.start) problems.add(11, null, 'more entries than the range has');
}

/** What checks follow once every entry is read, of a bundle and of a published log alike. */
function finish({ audit, shown, problems, trust, handedIn, source, paths, mayPath, notProved }) {
  audit.finish();
  const { register } = audit;
  // Of a log without a founding no key is known: check 1 says so, and nothing that needs one can be asked.
  if (register.founder === null) return { stamps: [], cosigned: [], met: null, handedIn: [] };
  if (shown.checkpoint) checkSignature(shown.checkpoint, register, problems);
  checkSuccessions(register, shown, paths, problems);
  const stamps = readStamps(source.timestamps, shown, register, problems, mayPath);
  const cosigned = readCosigned(source.cosigned, shown, register, problems, mayPath);
  if (trust) checkTrust(trust, register, shown, problems, notProved);
  const met = trust?.policy ? checkWitnesses(trust.policy, cosigned, problems) : null;
  const found = handedIn.map((each) => ({
    kind: each.kind,
    member: each.member ?? each.payload.member,
    stream: each.stream ?? each.payload.draft,
    act: each.act ?? null,
    size: each.checkpoint?.size ?? 0,
    found: each.kind === 'receipt' ? checkReceipt(each, audit, shown, problems) : checkBallot(each, audit),
  }));
  notProved.push(...audit.notShown);
  if (audit.messages.unseen)
    notProved.push(`${audit.messages.unseen} replies name messages that are not handed over: their papers are not compared`);
  const begun = [...audit.streams.values()].filter((stream) => stream.first > 0).map((stream) => stream.name);
  if (begun.length)
    notProved.push(
      `of ${begun.length === 1 ? 'the vote' : 'the votes'} ${begun.slice(0, 5).join(', ')} the beginning is not shown: the acts are not read as a vote`,
    );
  const items = audit.items.filter((item) => item.entry);
  const counts = items.some((item) => item.entry.format === 'inblue-entry/2' && !item.recalled);
  const isRegisterShown = items.some((item) => item.entry.stream === 'register' && item.index >= shown.start);
  if (!counts && !isRegisterShown && shown.start > 0)
    notProved.push(
      'the last entries of the register before the range may have been left out: entries of the first form do not count them',
    );
  return { stamps, cosigned, met, handedIn: found };
}

/** The trust file and the receipts that a reader gives, as bytes. */
export function readGiven(given) {
  return { trust: given.trust ? readTrust(given.trust) : null, handedIn: (given.against ?? []).map(readHandedIn) };
}

function verifyOpened(bundle, { trust, handedIn }) {
  const problems = new Problems();
  const notProved = [];
  const { log } = bundle;
  const entries = bundle.entries.slice(0, log.end - log.start);
  const shown = new Shown({
    start: log.start,
    end: log.end,
    entries,
    before: log.before,
    files: bundle.files,
    zones: trust?.zones,
    about: new Set(log.votes),
  });
  shown.compare(bundle.checkpoint, log.after, problems);
  shown.recall(log.recalled, bundle.register, problems);
  const audit = new Audit(shown, problems);
  readEntries(audit, bundle);
  const rest = finish({
    audit,
    shown,
    problems,
    trust,
    handedIn,
    source: bundle,
    paths: log.handovers,
    mayPath: true,
    notProved,
  });
  audit.messages.checkRecalled();
  checkContainer(bundle, audit, problems);
  const state = asOf(audit, shown, log.votes);
  const verdicts = verdictsOf({ audit, shown, trust, stamps: rest.stamps, names: log.votes, notProved });
  if (problems.count === 0) {
    // The record in a bundle believes no authority, so it is compared with what follows without a trust file.
    const plain = trust
      ? verdictsOf({ audit, shown, trust: null, stamps: rest.stamps, names: log.votes, notProved: [] })
      : verdicts;
    checkDerived({ bundle, audit, state, verdicts: plain, stamps: rest.stamps, problems, notProved });
  }
  return reportOf({ kind: 'bundle', audit, shown, problems, trust, rest, state, verdicts, notProved });
}

/** Whether a trust file says whose the ledger is: it names a key of the log, or of the founder. */
function namesKey(trust) {
  return trust !== null && (trust.logKey !== null || trust.registrar.length > 0 || (trust.policy?.logs.length ?? 0) > 0);
}

/** BUN-41: as of the whole checkpoint, the register too, and no larger one is known. */
function isCurrent(state, handedIn) {
  const { entry, of, register } = state;
  return entry === of && register === of && !handedIn.some((each) => each.size > of);
}

function reportOf({ kind, audit, shown, problems, trust, rest, state, verdicts, notProved }) {
  const checks = problems.numbers();
  const fails = checks.length > 0;
  const inPart = inPartOf(audit);
  const covered = audit.items.reduce((most, item) => Math.max(most, item.index + 1), shown.end);
  return {
    status: fails ? 'fails' : 'holds',
    checks,
    not_checked: Object.keys(inPart).map(Number),
    inPart,
    kind,
    problems: problems.sorted(),
    problemCount: problems.count,
    origin: audit.register.origin,
    range: [shown.start, shown.end],
    size: shown.checkpoint?.size ?? null,
    asOf: state,
    logKey: audit.register.logKeys.at(-1)?.text ?? null,
    founder: audit.register.founder,
    witnessed: rest.met ? rest.met.some((size) => size >= covered) : false,
    isTrusted: namesKey(trust),
    handedIn: rest.handedIn,
    verdicts: fails ? [] : verdicts.map(told),
    notProved,
    isCurrent: !fails && isCurrent(state, rest.handedIn),
    hasPolicy: Boolean(trust?.policy),
    entries: audit.items.length,
    disowned: [...audit.disowned.values()].flat().map(({ item, text }) => ({ entry: item.index, text })),
  };
}

const refused = (why) => ({ status: 'refused', checks: [], not_checked: Object.keys(IN_PART).map(Number), why });

/** The report on a bundle. `given` may have the bytes of a trust file (`trust`), and of receipts (`against`). */
export function verifyBundle(bytes, given = {}) {
  try {
    const known = readGiven(given);
    return verifyOpened(openBundle(bytes), known);
  } catch (error) {
    return refusal(error);
  }
}

/** What was thrown, as a report. All but a refusal is a fault of this program: the report vouches for nothing then. */
function refusal(error) {
  if (error instanceof Refused) return refused(error.message);
  return refused(`this program could not read it: ${error?.message ?? 'an unknown fault'}`);
}

export { finish, refusal, refused, reportOf };
