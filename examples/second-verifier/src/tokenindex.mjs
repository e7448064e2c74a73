// The tokens of one authority, in orders in which a question about them takes few steps, however many there are.

/** The first place from `from` on at which a value is above a limit: a tree of greatest values answers in few steps. */
class Greatest {
  constructor(values) {
    this.width = 1;
    while (this.width < values.length) this.width *= 2;
    this.nodes = new Float64Array(2 * this.width).fill(-1);
    this.nodes.set(values, this.width);
    for (let at = this.width - 1; at > 0; at--) this.nodes[at] = Math.max(this.nodes[2 * at], this.nodes[2 * at + 1]);
  }

  firstAbove(from, limit) {
    if (from >= this.width) return -1;
    let at = from + this.width;
    // Up, until a node to the right of the part already searched has what we look for; then down to it.
    while (this.nodes[at] <= limit) {
      while (at % 2 === 1) {
        if (at === 1) return -1;
        at = (at - 1) / 2;
      }
      if (at === 0) return -1;
      at += 1;
    }
    while (at < this.width) at = this.nodes[2 * at] > limit ? 2 * at : 2 * at + 1;
    return at - this.width;
  }
}

/** How many of a sorted list are below a value, by a key. */
function countBelow(list, value, key) {
  let low = 0;
  let high = list.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (key(list[middle]) < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

export class TokenIndex {
  constructor(tokens) {
    this.byLatest = [...tokens].sort((one, two) => (one.latest < two.latest ? -1 : 1));
    // Of those that one entry names, the one that was made last is last.
    const named = tokens.filter((token) => token.namedAt !== null);
    this.byNamed = named.sort((one, two) => one.namedAt - two.namedAt || (one.earliest < two.earliest ? -1 : 1));
    this.sizesByLatest = new Greatest(this.byLatest.map((token) => token.size));
    this.sizesByNamed = new Greatest(this.byNamed.map((token) => token.size));
  }

  /** The token that was named last, by the entry at this place or one before it. */
  namedLast(place) {
    return this.byNamed[countBelow(this.byNamed, place + 1, (token) => token.namedAt) - 1] ?? null;
  }

  /** The first token over an entry that some entry names. */
  firstNamedOver(index) {
    return this.byNamed[this.sizesByNamed.firstAbove(0, index)] ?? null;
  }

  /** The least instant by which an entry existed, that is not before `floor`. */
  leastLatest(index, floor) {
    const from = floor === null ? 0 : countBelow(this.byLatest, floor, (token) => token.latest);
    return this.byLatest[this.sizesByLatest.firstAbove(from, index)]?.latest ?? null;
  }
}
