// Check 8: what an opening pins, compared with the register before it (REG-30 to REG-34).

import { compareText } from './bytes.mjs';
import { sameGrant } from './documents.mjs';

export function openingFaults(act, snapshot, vote, register) {
  const faults = [];
  const grants = register.grantsInForce();
  const sameKeys = snapshot.keys.length === grants.length && grants.every((grant, at) => sameGrant(grant, snapshot.keys[at]));
  if (!sameKeys) faults.push('the opening pins other keys than the register held in force');
  if (snapshot.procedure !== vote.procedureDigest) faults.push('the opening pins another procedure than the vote has');
  // A snapshot of the first form has neither authorities nor a zone nor a counting.
  if (snapshot.isFirst) return faults;
  const names = [...register.authorities.keys()].sort(compareText);
  const adopted = names.map((name) => register.authorities.get(name));
  const sameAuthorities =
    adopted.length === snapshot.authorities.length && adopted.every((each, at) => each === snapshot.authorities[at]);
  if (!sameAuthorities) faults.push('the opening pins other timestamp authorities than the register had adopted');
  const { procedure } = vote;
  if (!procedure) return faults;
  if ((snapshot.zone?.name ?? null) !== procedure.zone) faults.push('the opening pins another zone than the procedure names');
  const counting = act.counting ?? procedure.window.counting;
  if (snapshot.counting !== counting) faults.push('the opening pins another counting than its letter announces');
  return faults;
}
