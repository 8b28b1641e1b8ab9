/**
 * PEFT's `alpha_pattern`: values for layers whose paths end in a key, which may be a regular expression: the first key counts
 * that fits a path from its begin, or from behind one of its dots, to its end. A dot in a key that is a name is a dot.
 */
import { PathPattern } from './pathPattern';

/** A checkpoint must not decide what runs how long: expressions of more characters, all together, are not read. */
const MOST_CHARACTERS = 2_000;

interface Entry {
  /** Its place among all keys: the first one that fits counts. */
  order: number;
  value: unknown;
}

/** Names by their components, the last one first. */
interface Node {
  next: Map<string, Node>;
  /** Fits every path that ends here, and the path that is no longer. */
  ending?: Entry;
  whole?: Entry;
}

/** What a pattern says of a layer. `expression`: a key that comes first, and cannot be read. */
export type PatternValue = { value: unknown } | { expression: string } | null;

interface Expression extends Entry {
  key: string;
  /** Null where it cannot be read. */
  pattern: PathPattern | null;
  /** Fits the whole path alone. */
  whole: boolean;
}

export class AlphaPattern {
  readonly #names: Node = { next: new Map() };
  /** Keys that are no names, in order. */
  readonly #expressions: Expression[] = [];

  /** @param patterns as they are written down: anything. */
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
      const pattern = characters > MOST_CHARACTERS ? null : patternOf(key);
      this.#expressions.push({ order, value, key, pattern, whole: key.startsWith('^') });
      if (!pattern) return;
    }
  }

  /**
   * The value of the first key that fits the path, or the key that might and cannot be read. Names take as many steps as the
   * path has components, however many they are.
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

/** Null for what cannot be read. */
function patternOf(key: string): PathPattern | null {
  const bare = key.replace(/^\^/, '').replace(/([^\\])\$$/, '$1');
  // Such anchors belong to one alternative alone.
  if ((key.startsWith('^') || key.endsWith('$')) && hasAlternatives(bare)) return null;
  try {
    return new PathPattern(bare);
  } catch {
    return null;
  }
}

/** Whether there are alternatives outside of groups, and perhaps where there are none in a class of characters. */
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
