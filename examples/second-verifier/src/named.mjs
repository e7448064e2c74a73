// Which files an act names by their digests (BUN-13).

const values = (texts) => (texts !== null && typeof texts === 'object' && !Array.isArray(texts) ? Object.values(texts) : []);

export function digestsOf(act) {
  const found = [];
  const keep = (digest) => {
    if (typeof digest === 'string') found.push(digest);
  };
  keep(act.sha256);
  if (act.act === 'draft_circulated') {
    keep(act.procedure);
    values(act.texts).forEach(keep);
  }
  if (act.act === 'draft_corrected' && act.field === 'texts') [...values(act.was), ...values(act.now)].forEach(keep);
  if (act.act === 'letter_sent') keep(act.snapshot);
  if (act.act === 'vote_cast') keep(act.instrument.sha256);
  return found;
}
