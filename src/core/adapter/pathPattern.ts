/**
 * Regular expressions for paths of layers, in the subset that such keys use: characters, `.`, classes, groups,
 * alternatives and the repetitions `?`, `*`, `+`. All states are followed at once (Thompson 1968), so the time grows
 * with the length of the path times the length of the expression, whatever the expression is.
 */

/** Whether a character fits. */
type Fits = (character: string) => boolean;

/** A state: consumes a character and goes to the next state, or goes to any of several without consuming one. */
type State = { fits: Fits; next: number } | { any: number[] };

const DIGIT: Fits = (c) => c >= '0' && c <= '9';
const WORD: Fits = (c) => /^\w$/.test(c);
const SPACE: Fits = (c) => /^\s$/.test(c);
const CLASSES: Readonly<Record<string, Fits>> = {
  d: DIGIT,
  D: (c) => !DIGIT(c),
  w: WORD,
  W: (c) => !WORD(c),
  s: SPACE,
  S: (c) => !SPACE(c),
};

/** No key of a configuration nests groups more deeply. */
const MAX_LEVELS = 50;

export class PathPattern {
  readonly #states: State[] = [];
  readonly #begin: number;
  #at = 0;
  #levels = 0;

  /** @throws SyntaxError for anything outside this subset, or an invalid expression. */
  constructor(private readonly source: string) {
    const end = this.#add({ any: [] });
    this.#begin = this.#alternatives(end);
    if (this.#at < source.length) throw this.#unknown();
  }

  /** Whether the expression matches the rest of the path from one of these starts. */
  fits(path: string, starts: readonly number[]): boolean {
    const begins = new Set(starts);
    let states = new Set<number>();
    for (let at = 0; at <= path.length; at++) {
      if (begins.has(at)) this.#enter(this.#begin, states);
      if (at === path.length) break;
      const next = new Set<number>();
      for (const each of states) {
        const state = this.#states[each]!;
        if ('fits' in state && state.fits(path[at]!)) this.#enter(state.next, next);
      }
      states = next;
    }
    return states.has(0);
  }

  /** Adds a state, and all states reached from it without consuming a character. */
  #enter(state: number, into: Set<number>): void {
    const waiting = [state];
    for (let each; (each = waiting.pop()) !== undefined;) {
      if (into.has(each)) continue;
      into.add(each);
      const found = this.#states[each]!;
      if ('any' in found) for (const next of found.any) waiting.push(next);
    }
  }

  #add(state: State): number {
    return this.#states.push(state) - 1;
  }

  /** Each of these returns the first state of what it reads; its last state leads to `end`. */
  #alternatives(end: number): number {
    if (++this.#levels > MAX_LEVELS) throw this.#unknown();
    const any = [this.#sequence(end)];
    while (this.source[this.#at] === '|') {
      this.#at++;
      any.push(this.#sequence(end));
    }
    this.#levels--;
    return any.length === 1 ? any[0]! : this.#add({ any });
  }

  #sequence(end: number): number {
    const begin = this.#add({ any: [] });
    let last = begin;
    while (this.#at < this.source.length && !'|)'.includes(this.source[this.#at]!)) {
      const after = this.#add({ any: [] });
      this.#link(last, this.#repeated(after));
      last = after;
    }
    this.#link(last, end);
    return begin;
  }

  #repeated(after: number): number {
    const back = this.#add({ any: [after] });
    const inner = this.#atom(back);
    const sign = this.source[this.#at];
    if (sign === undefined || !'?*+'.includes(sign)) return inner;
    this.#at++;
    // Greedy or lazy makes no difference to whether there is a match.
    if (this.source[this.#at] === '?') this.#at++;
    if (sign !== '?') this.#link(back, inner);
    return sign === '+' ? inner : this.#add({ any: [inner, after] });
  }

  #atom(after: number): number {
    const character = this.source[this.#at++]!;
    switch (character) {
      case '(': {
        if (this.source[this.#at] === '?') {
          if (this.source[this.#at + 1] !== ':') throw this.#unknown();
          this.#at += 2;
        }
        const inner = this.#alternatives(after);
        if (this.source[this.#at++] !== ')') throw this.#unknown();
        return inner;
      }
      case '[':
        return this.#add({ fits: this.#set(), next: after });
      case '.':
        return this.#add({ fits: (c) => c !== '\n', next: after });
      case '\\':
        return this.#add({ fits: this.#escaped(), next: after });
      case '?':
      case '*':
      case '+':
      case '{':
      case '}':
      case '^':
      case '$':
        throw this.#unknown();
      default:
        return this.#add({ fits: (c) => c === character, next: after });
    }
  }

  /** Reads what follows a backslash. */
  #escaped(): Fits {
    const character = this.source[this.#at++];
    if (character === undefined) throw this.#unknown();
    const known = CLASSES[character];
    if (known) return known;
    // Such as \b, \Z and references to groups.
    if (/^[a-z0-9]$/i.test(character)) throw this.#unknown();
    return (c) => c === character;
  }

  /** Reads a character class. */
  #set(): Fits {
    const { source } = this;
    const turned = source[this.#at] === '^';
    if (turned) this.#at++;
    const parts: Fits[] = [];
    for (let first = true; first || source[this.#at] !== ']'; first = false) {
      const character = source[this.#at++];
      if (character === undefined) throw this.#unknown();
      const last = source[this.#at + 1];
      if (character === '\\') parts.push(this.#escaped());
      else if (source[this.#at] === '-' && last !== undefined && last !== ']' && last !== '\\') {
        this.#at += 2;
        if (last < character) throw this.#unknown();
        parts.push((c) => c >= character && c <= last);
      } else parts.push((c) => c === character);
    }
    this.#at++;
    return (c) => parts.some((fits) => fits(c)) !== turned;
  }

  #link(from: number, to: number): void {
    const state = this.#states[from]!;
    if ('any' in state) state.any.push(to);
  }

  #unknown(): SyntaxError {
    return new SyntaxError(`not read from character ${this.#at} on`);
  }
}
