// What makes a vote unreadable: check 10. It is thrown where it is found, and told once.

export class Unreadable extends Error {}

export function unreadable(why) {
  throw new Unreadable(why);
}
