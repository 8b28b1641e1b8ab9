/**
 * PEFT's `alpha_pattern`: values for layers whose paths end in a key. Keys may be regular expressions there; here they are
 * names, because a checkpoint must not decide what runs how long.
 */

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

/** What a pattern says of a layer. */
export type PatternValue = { value: unknown } | { expression: string } | null;

export class AlphaPattern {
  readonly #names: Node = { next: new Map() };
  /** The first key that is no name. */
  #expression: { order: number; key: string } | null = null;

  /** @param patterns as they are written down: anything. */
  constructor(patterns: unknown) {
    if (typeof patterns !== 'object' || patterns === null) return;
    for (const [order, [key, value]] of Object.entries(patterns).entries()) {
      const name = key.replace(/^\^/, '').replaceAll('\\.', '.');
      if (!/^[\w.-]+$/.test(name)) {
        this.#expression = { order, key };
        return;
      }
      let node = this.#names;
      for (const component of name.split('.').reverse()) {
        let next = node.next.get(component);
        if (!next) node.next.set(component, (next = { next: new Map() }));
        node = next;
      }
      node[key.startsWith('^') ? 'whole' : 'ending'] ??= { order, value };
    }
  }

  /**
   * The value of the first key that fits the path, or the key that might and is no name. Takes as many steps as the path
   * has components, however many keys there are.
   */
  find(path: string): PatternValue {
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
    if (first) return { value: first.value };
    return this.#expression && { expression: this.#expression.key };
  }
}
