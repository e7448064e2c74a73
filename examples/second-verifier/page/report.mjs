// The report on the page. Text is only ever put in as text: nothing from a bundle becomes markup.

import { CHECKS, FOUND, instant, outcome, plain, PLACEMENT, sentence, STRENGTH } from './words.mjs';

function element(name, given = {}, ...children) {
  const node = document.createElement(name);
  for (const [key, value] of Object.entries(given)) node.setAttribute(key, value);
  for (const child of children.flat()) if (child !== null) node.append(child);
  return node;
}

const heading = (text) => element('h2', {}, text);
const listOf = (texts) =>
  element(
    'ul',
    { class: 'notes' },
    texts.map((text) => element('li', {}, sentence(text))),
  );
const facts = (rows) =>
  element(
    'dl',
    { class: 'facts' },
    rows.flatMap(([term, value, kind]) => [
      element('dt', {}, term),
      element('dd', kind ? { class: kind } : {}, value ?? 'none'),
    ]),
  );

function statusOf(report, name) {
  const { status } = report;
  if (status === 'refused') return ['Refused', `${name} was not read: ${report.why}.`];
  if (status === 'fails') {
    const count = report.problemCount === 1 ? '1 problem' : `${report.problemCount} problems`;
    return [
      'Does not hold',
      `${name}: ${count}, in ${report.checks.length === 1 ? 'check' : 'checks'} ${report.checks.join(', ')}.`,
    ];
  }
  const { entry, of, register } = report.asOf;
  const state = report.isCurrent
    ? `as of the last of the ${of} entries that the checkpoint covers`
    : `as of entry ${entry} of ${of}, the register complete up to entry ${register}`;
  return ['Holds', `${name}: every check that was run holds; ${state}.`];
}

function statusBox(report, name) {
  const [word, line] = statusOf(report, name);
  return element('div', { class: `status ${report.status}` }, element('p', { class: 'word' }, word), element('p', {}, line));
}

/** What is said of one check: the word, its class, and why where it was not run, or not in full. */
function sayingOf(number, report, given) {
  if (report.checks.includes(number)) return ['fails', 'fails', null];
  if (number === 17) return ['not checked', 'not', 'It is of published logs that were audited before, not of a bundle.'];
  if (number === 13 && !given.trust) return ['not checked', 'not', 'No trust file was given.'];
  if (number === 15 && !given.against.length) return ['not checked', 'not', 'No receipt was given.'];
  if (number === 12 && report.status === 'fails')
    return ['not checked', 'not', 'It is run only where every other check holds.'];
  if (report.inPart?.[number])
    return ['in part', 'not', `Nothing was found, but not all was looked at: ${report.inPart[number]}.`];
  // An entry that fails is not looked into further, so of the rest no more can be said than this.
  if (report.status === 'fails') return ['no fault found', 'quiet', null];
  if (number === 16 && !report.hasPolicy)
    return ['holds', 'holds', "Without a policy of witnesses in the trust file no witness's key is asked."];
  return ['holds', 'holds', null];
}

function checkRow(number, report, given) {
  const [name, proves] = CHECKS[number];
  const [word, kind, why] = sayingOf(number, report, given);
  const problems = report.problems.filter((each) => each.check === number);
  const shown = problems
    .slice(0, 10)
    .map((each) => element('li', {}, each.entry === null ? each.text : `entry ${each.entry}: ${each.text}`));
  const more = problems.length > shown.length ? element('li', {}, `and ${problems.length - shown.length} more`) : null;
  return element(
    'tr',
    {},
    element('td', { class: 'number' }, String(number)),
    element('td', { class: 'name' }, name),
    element('td', { class: `word word-${kind}` }, word),
    element(
      'td',
      {},
      proves,
      why ? element('div', { class: 'soft' }, why) : null,
      shown.length ? element('ul', {}, shown, more) : null,
    ),
  );
}

function checkTable(report, given) {
  const head = element(
    'thead',
    {},
    element(
      'tr',
      {},
      ['No.', 'Check', 'Verdict', 'What it is about'].map((text) => element('th', { scope: 'col' }, text)),
    ),
  );
  const rows = CHECKS.map((check, number) => (check ? checkRow(number, report, given) : null)).filter(Boolean);
  return element('table', { class: 'checks' }, head, element('tbody', {}, rows));
}

const NOT_DERIVED = 'not derived here';

function arrivalOf(reply) {
  const parts = [
    reply.receivedAt ? `${instant(reply.receivedAt)}, as entered` : 'not entered',
    `recorded ${instant(reply.recordedAt)}`,
  ];
  if (reply.notAfter) parts.push(`existed by ${instant(reply.notAfter)}`);
  if (reply.notBefore) parts.push(`entered after ${instant(reply.notBefore)}`);
  for (const own of reply.own)
    parts.push(`its ballot existed by ${instant(own.latest)}, by the member's own timestamp of ${own.authority}`);
  return parts.join('; ');
}

function positionOf(reply) {
  const word = reply.says ? plain(reply.says) : reply.position ? plain(reply.position) : 'none stated';
  const answers = Object.entries(reply.answers).map(([question, answer]) => `; ${plain(question)}: ${plain(answer)}`);
  const how = reply.isBallot ? ', signed by the member itself' : '';
  const by = reply.by ? `, given by ${reply.by}` : '';
  return `${word}${answers.join('')}${how}${by}${reply.condition ? `; on a condition, which counts for nothing: ${reply.condition}` : ''}`;
}

function countedOf(reply) {
  if (reply.counted === null) return NOT_DERIVED;
  if (reply.voidedBy !== null) return `no: voided by act ${reply.voidedBy}`;
  if (reply.counted) return 'yes';
  return reply.rejected.length ? `no: rejected by act ${reply.rejected[0].act} (${plain(reply.rejected[0].clause)})` : 'no';
}

function strengthOf(reply) {
  if (reply.strength === null) return NOT_DERIVED;
  const more = reply.isBoundInside ? ['bound from both sides: inside by that alone'] : [];
  if (reply.readAfterClose) more.push('read only after the close');
  const all = [...more, ...reply.doubts];
  return [
    element('strong', {}, reply.strength),
    `: ${STRENGTH[reply.strength]}`,
    all.length ? element('div', { class: 'soft' }, sentence(all.join('; '))) : null,
  ];
}

function replyRow(reply) {
  const cells = [
    ['Member', `${reply.member}${reply.reply > 1 ? `, reply ${reply.reply}` : ''}`],
    ['Position', positionOf(reply)],
    ['Arrival', arrivalOf(reply)],
    ['Placement', PLACEMENT[reply.placement] ?? NOT_DERIVED],
    ['Strength', strengthOf(reply)],
    ['Counts', countedOf(reply)],
  ];
  return element(
    'tr',
    {},
    cells.map(([label, value]) => element('td', { 'data-label': label }, element('div', {}, value))),
  );
}

function replyTable(replies) {
  const names = ['Member', 'Position', 'Arrival', 'Placement', 'Strength', 'Counts'];
  // The classes give the widths of the columns.
  const head = element(
    'thead',
    {},
    element(
      'tr',
      {},
      names.map((text) => element('th', { scope: 'col' }, text)),
    ),
  );
  return element('table', { class: 'replies' }, head, element('tbody', {}, replies.map(replyRow)));
}

function between([from, to], at) {
  if (at) return instant(at);
  return from || to ? `between ${instant(from)} and ${instant(to)}` : 'not known';
}

function endOf(verdict) {
  if (verdict.withdrawn) return 'the draft was withdrawn';
  if (verdict.annulled) return 'the vote was annulled';
  if (verdict.limits.length) return `${NOT_DERIVED}: ${verdict.limits.join('; ')}`;
  if (verdict.outcome === null) return 'not derived here: the rule of this procedure is not a plain one';
  return outcome(verdict.outcome);
}

/** The outcome at the close, where what came later changed something. */
function talliedOf(tally) {
  return Object.entries(tally)
    .map(([choice, count]) => `${plain(choice)} ${count}`)
    .join(', ');
}

/** What the procedure puts beside the draft, and what else must be so. */
function besidesOf(verdict) {
  const questions = verdict.questions.map((each) => [
    `Question: ${plain(each.question)}`,
    `${talliedOf(each.tally)}; ${outcome(each.outcome)}`,
  ]);
  const facts = verdict.facts.map((each) => [`Fact: ${plain(each.fact)}`, each.status]);
  return verdict.limits.length ? facts : [...questions, ...facts];
}

function closingOf(verdict) {
  if (!verdict.closed || verdict.amendedBy.length === 0) return null;
  const tally = Object.entries(verdict.closed.tally).map(([choice, count]) => `${plain(choice)} ${count}`);
  const word = verdict.closed.outcome === null ? 'not derived here' : outcome(verdict.closed.outcome);
  return `${word} (${tally.join(', ')}); changed since by act ${verdict.amendedBy.join(', ')}`;
}

function voteSection(verdict, state) {
  const title = element(
    'h3',
    {},
    verdict.round > 1 ? `${verdict.symbol}, round ${verdict.round}` : (verdict.symbol ?? verdict.name),
  );
  if (verdict.unread) return element('section', { class: 'vote' }, title, element('p', {}, `No verdict: ${verdict.unread}.`));
  const tally = Object.entries(verdict.tally ?? {})
    .map(([choice, count]) => `${plain(choice)} ${count}`)
    .join(', ');
  const rows = [
    ['As of', `entry ${state.entry} of ${state.of}; ${verdict.acts} acts`],
    ['Title', verdict.title],
    ['Procedure', verdict.procedure],
    ['Times', verdict.times === 'live' ? 'live' : verdict.times === 'simulated' ? 'a rehearsal' : 'a documented history'],
    ['Opened', between(verdict.window.opens_between, verdict.window.opens_at)],
    ['Closes', between(verdict.window.closes_between, verdict.window.closes_at)],
    ['Tally', verdict.tally ? tally : NOT_DERIVED],
    ['Outcome by the rules', endOf(verdict)],
    ['Outcome at the close', closingOf(verdict)],
    ...besidesOf(verdict),
    ['Announced', verdict.announced ? outcome(verdict.announced) : 'nothing on record'],
    ['No reply of', verdict.silent.join(', ') || 'nobody'],
  ].filter(([, value]) => value !== null);
  return element(
    'section',
    { class: 'vote' },
    title,
    facts(rows),
    verdict.replies.length ? replyTable(verdict.replies) : element('p', { class: 'soft' }, 'No reply is on record.'),
    verdict.findings.length
      ? listOf(verdict.findings.map(({ act, what }) => `Act ${act}: ${what}; it has no effect, and fails no check.`))
      : null,
  );
}

function notProved(report, given) {
  const notes = [...report.notProved];
  if (!given.trust)
    notes.unshift(
      'No trust file was given: that the keys are whose they claim to be was not checked, and nothing is called proven or witnessed.',
    );
  if (given.trust && !report.isTrusted) {
    notes.unshift(
      'The trust file names neither a key of the log nor one of its founder: that the keys are whose they claim to be was not checked.',
    );
  }
  if (given.trust && !report.witnessed) notes.push('No witnesses that you trust have cosigned all of this.');
  if (report.asOf && !report.isCurrent)
    notes.push(
      'The verdicts are of an earlier state than the checkpoint, or the register is not shown up to it: what came later could change them.',
    );
  notes.push('Not checked by this page: which findings an auditor would raise, and what a reply says on paper.');
  notes.push('Which lines of README.txt are true: they help readers, and are not evidence.');
  return listOf(notes);
}

function identity(report) {
  return facts([
    ['Log', report.origin, 'mono'],
    ['Key of the log', report.logKey, 'mono'],
    ['Key of the founder', report.founder, 'mono'],
    [
      'Entries shown',
      `${report.range[0]} to ${report.range[1] - 1}${report.size === null ? '' : `, of ${report.size} under the checkpoint`}`,
    ],
  ]);
}

/** Put the report on what was checked in its place. */
export function showReport(place, report, given) {
  const parts = [statusBox(report, given.name)];
  if (report.status !== 'refused') {
    parts.push(heading('The checks'), checkTable(report, given));
    if (report.handedIn.length) {
      const found = report.handedIn.map(
        (each) => `The ${each.kind} of ${each.member} for ${each.stream}: ${FOUND[each.found]}.`,
      );
      parts.push(heading('What you handed in'), listOf(found));
    }
    if (report.verdicts.length)
      parts.push(heading('The votes'), ...report.verdicts.map((each) => voteSection(each, report.asOf)));
    if (report.status === 'holds') parts.push(heading('Not proved'), notProved(report, given));
    if (report.disowned.length)
      parts.push(
        heading('Without effect'),
        listOf(report.disowned.map(({ entry, text }) => `Entry ${entry}: ${text}. The registrar disowned it.`)),
      );
    parts.push(heading('Compare with what you have from elsewhere'), identity(report));
  }
  place.replaceChildren(...parts);
}
