/**
 * A reader of JSON that shares nothing with the program: RFC 8259 by recursive descent. It keeps every member of an
 * object, so that keys that come twice can be seen.
 */

export type Json = string | number | boolean | null | Json[] | JsonObject;

export class JsonObject {
  constructor(readonly members: readonly (readonly [key: string, value: Json])[]) {}

  get(key: string): Json | undefined {
    return this.members.findLast(([name]) => name === key)?.[1];
  }

  /** Whether a key comes twice in it, or in an object inside. */
  get repeats(): boolean {
    return new Set(this.members.map(([key]) => key)).size < this.members.length || this.members.some(inside);
  }

  /** As JavaScript has it: of members with one key the last. */
  get plain(): Record<string, unknown> {
    const object = {};
    for (const [key, value] of this.members) {
      const described = { value: plain(value), enumerable: true, configurable: true, writable: true };
      Object.defineProperty(object, key, described);
    }
    return object;
  }
}

function inside([, value]: readonly [string, Json]): boolean {
  return repeats(value);
}

function repeats(value: Json): boolean {
  return Array.isArray(value) ? value.some(repeats) : value instanceof JsonObject && value.repeats;
}

/** How many objects and lists lie in one another. */
export function depthOf(value: Json): number {
  const inner = value instanceof JsonObject ? value.members.map(([, each]) => each) : value;
  return Array.isArray(inner)
    ? 1 + inner.reduce<number>((most, each) => Math.max(most, depthOf(each)), 0)
    : 0;
}

export function plain(value: Json): unknown {
  return Array.isArray(value) ? value.map(plain) : value instanceof JsonObject ? value.plain : value;
}

export interface JsonRules {
  /** Python's words for numbers that are none; they stand for null. */
  nonFinite?: boolean;
  /** Told how each number is written. */
  onNumber?: (text: string) => void;
}

/** @throws Error where the text is no JSON. */
export function readJson(text: string, rules: JsonRules = {}): Json {
  const reader = new Reader(text, rules);
  const value = reader.value();
  reader.space();
  if (reader.at < text.length) throw new Error('there is more');
  return value;
}

const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const WORD = /true|false|null|-?Infinity|-?NaN/y;
const ESCAPES: Readonly<Record<string, string>> = {
  ...{ '"': '"', '\\': '\\', '/': '/' },
  ...{ b: '\b', f: '\f', n: '\n', r: '\r', t: '\t' },
};

class Reader {
  at = 0;

  constructor(
    private readonly text: string,
    private readonly rules: JsonRules,
  ) {}

  space(): void {
    while (/[ \t\r\n]/.test(this.text.charAt(this.at))) this.at++;
  }

  value(): Json {
    this.space();
    switch (this.text[this.at]) {
      case '"':
        return this.string();
      case '[':
        return this.list(']', () => this.value());
      case '{':
        return new JsonObject(this.list('}', () => this.member()));
      default:
        return this.scalar();
    }
  }

  private list<T>(close: string, item: () => T): T[] {
    this.at++;
    const items: T[] = [];
    this.space();
    if (this.text[this.at] === close) {
      this.at++;
      return items;
    }
    for (;;) {
      items.push(item());
      this.space();
      const next = this.text[this.at++];
      if (next === close) return items;
      if (next !== ',') throw new Error(`${String(next)} in a list`);
    }
  }

  private member(): [string, Json] {
    this.space();
    if (this.text[this.at] !== '"') throw new Error('no key');
    const key = this.string();
    this.space();
    if (this.text[this.at++] !== ':') throw new Error('no colon');
    return [key, this.value()];
  }

  private string(): string {
    let made = '';
    for (this.at++; ; this.at++) {
      const character = this.text[this.at];
      if (character === undefined || character < ' ') throw new Error('a text without an end');
      if (character === '"') {
        this.at++;
        return made;
      }
      made += character === '\\' ? this.escape() : character;
    }
  }

  private escape(): string {
    const letter = this.text[++this.at] ?? '';
    if (letter in ESCAPES) return ESCAPES[letter]!;
    const digits = this.text.slice(this.at + 1, this.at + 5);
    if (letter !== 'u' || !/^[0-9a-f]{4}$/i.test(digits)) throw new Error('no such escape');
    this.at += 4;
    return String.fromCharCode(parseInt(digits, 16));
  }

  private scalar(): Json {
    const number = this.matched(NUMBER);
    if (number !== undefined) {
      this.rules.onNumber?.(number);
      return Number(number);
    }
    const word = this.matched(WORD);
    if (word === 'true' || word === 'false') return word === 'true';
    if (word === 'null' || (word !== undefined && this.rules.nonFinite)) return null;
    throw new Error('no value');
  }

  private matched(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.at;
    const found = pattern.exec(this.text)?.[0];
    // Words that go on are other words.
    if (found === undefined || /[\w.]/.test(this.text.charAt(this.at + found.length))) return undefined;
    this.at += found.length;
    return found;
  }
}
