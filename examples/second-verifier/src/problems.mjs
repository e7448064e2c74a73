// What does not hold, by entry and by the number of the check.

export const NAMES = [
  null,
  'founded',
  'form',
  'signature',
  'place',
  'log',
  'seen',
  'authority',
  'pins',
  'files',
  'acts',
  'container',
  'derived',
  'trust',
  'stamps',
  'receipt',
  'witness',
  'remembered',
  'register',
  'messages',
];

const MOST = 100;
// Of these only the first is told, since all that follow it have the same cause.
const ONCE = new Set([6, 18]);

export class Problems {
  constructor() {
    this.list = [];
    this.checks = new Set();
    this.count = 0;
  }

  add(check, entry, text) {
    if (ONCE.has(check) && this.checks.has(check)) return;
    this.checks.add(check);
    this.count++;
    if (this.list.length < 10 * MOST) this.list.push({ check, entry, text });
  }

  has(...checks) {
    return checks.some((check) => this.checks.has(check));
  }

  /** By entry, then by number; those of the log as a whole at the end. */
  sorted() {
    const place = (problem) => problem.entry ?? Infinity;
    const by = (one, two) => (place(one) === place(two) ? one.check - two.check : place(one) < place(two) ? -1 : 1);
    return [...this.list].sort(by).slice(0, MOST);
  }

  numbers() {
    return [...this.checks].sort((one, two) => one - two);
  }
}
