/**
 * PEFT's `alpha_pattern`: values for layers whose paths end in a key. A key may be a regular expression. The first key
 * counts that matches the whole path, or the path from one of its dots to its end. In a key that is a plain name, a dot
 * matches only a dot.
 */
import { PathPattern } from './pathPattern';

/**
 * A checkpoint must not decide how long this program runs: expressions beyond this many characters in total are not
 * read.
 */
const MAX_CHARACTERS = 2_000;

interface Entry {
  /** Its position among all keys: the first match counts. */
  order: number;
  value: unknown;
}

/** A tree of names by their components, the last component first. */
interface Node {
  next: Map<string, Node>;
  /** Matches every path that ends here, the path without further components included. */
  ending?: Entry;
  whole?: Entry;
}

/** What a pattern says about a layer. `expression`: an earlier key that cannot be read. */
export type PatternValue = { value: unknown } | { expression: string } | null;

interface Expression extends Entry {
  key: string;
  /** Null where it cannot be read. */
  pattern: PathPattern | null;
  /** Whether it matches only the whole path. */
  whole: boolean;
}

export class AlphaPattern {
  readonly #names: Node = { next: new Map() };
  /** The keys that are not plain names, in order. */
  readonly #expressions: Expression[] = [];

  /** @param patterns the value in the configuration: anything. */
  constructor(patterns: unknown) {
    if (typeof patterns !== 'object' || patterns === null) return;
    let characters = 0;
    for (const [order, [key, value]] of Object.entries(patterns).entries()) {
      const name = key.replace(/^\^/, '').replaceAll('\\.', '.');
      if (/^[\w.-]+$/.test(name)) {
        this.#addName(name, key.startsWith('^'), { order, value });
        continue;
      }
      characters += key.length;
      const pattern = characters > MAX_CHARACTERS ? null : patternOf(key);
      this.#expressions.push({ order, value, key, pattern, whole: key.startsWith('^') });
      if (!pattern) return;
    }
  }

  /**
   * Finds the value of the first key that matches the path, or the earlier key that might match but cannot be read. The
   * time for plain names grows with the components of the path, not with the number of names.
   */
  find(path: string): PatternValue {
    const name = this.#findName(path);
    const starts = [0];
    for (let dot = path.indexOf('.'); dot >= 0; dot = path.indexOf('.', dot + 1)) starts.push(dot + 1);
    for (const { order, value, key, pattern, whole } of this.#expressions) {
      if (name && name.order < order) break;
      if (!pattern) return { expression: key };
      if (pattern.fits(path, whole ? [0] : starts)) return { value };
    }
    return name ? { value: name.value } : null;
  }

  #addName(name: string, whole: boolean, entry: Entry): void {
    let node = this.#names;
    for (const component of name.split('.').reverse()) {
      let next = node.next.get(component);
      if (!next) node.next.set(component, (next = { next: new Map() }));
      node = next;
    }
    node[whole ? 'whole' : 'ending'] ??= entry;
  }

  #findName(path: string): Entry | undefined {
    const components = path.split('.').reverse();
    let first: Entry | undefined;
    const consider = (entry: Entry | undefined): void => {
      if (entry && entry.order < (first?.order ?? Infinity)) first = entry;
    };
    let node: Node | undefined = this.#names;
    for (const [i, component] of components.entries()) {
      node = node.next.get(component);
      if (!node) break;
      consider(node.ending);
      if (i === components.length - 1) consider(node.whole);
    }
    return first;
  }
}

/** Returns null for a key that cannot be read. */
function patternOf(key: string): PathPattern | null {
  const bare = key.replace(/^\^/, '').replace(/([^\\])\$$/, '$1');
  // Such anchors belong to one alternative only.
  if ((key.startsWith('^') || key.endsWith('$')) && hasAlternatives(bare)) return null;
  try {
    return new PathPattern(bare);
  } catch {
    return null;
  }
}

/** Whether there are alternatives outside of groups. May say yes for a `|` in a character class. */
function hasAlternatives(key: string): boolean {
  let depth = 0;
  for (let i = 0; i < key.length; i++) {
    if (key[i] === '\\') i++;
    else if (key[i] === '(') depth++;
    else if (key[i] === ')') depth--;
    else if (key[i] === '|' && depth === 0) return true;
  }
  return false;
}
