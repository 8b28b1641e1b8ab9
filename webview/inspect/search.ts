/** Finds tensors by words while the user types: half a million names in some tens of milliseconds. */
import { NONE } from '../../src/protocol/tensorTable';
import { shapeText, type Tensors } from './tensors';

/** Which part of the tensors is shown. */
export type Part =
  { kind: 'all' } | { kind: 'network' } | { kind: 'left-out' } | { kind: 'role'; role: number };

export class Search {
  /** The pieces of names in lower case. */
  readonly #pieces: readonly string[];
  readonly #kinds: readonly string[];

  constructor(private readonly tensors: Tensors) {
    this.#pieces = tensors.names.pieces.map((piece) => piece.toLowerCase());
    this.#kinds = tensors.kindList.map((kind) => `${kind.dtype} ${shapeText(kind)}`.toLowerCase());
  }

  /**
   * 1 for each tensor with every word of `query` in its name, type, shape, role or the reason why it is left out.
   * Shapes are written with × or x, without spaces: `8x16`.
   */
  find(query: string, part: Part): Uint8Array {
    const found = this.#inPart(part);
    for (const word of query.toLowerCase().split(/\s+/).filter(Boolean)) this.#narrow(found, word);
    return found;
  }

  #inPart(part: Part): Uint8Array {
    const { roles, count } = this.tensors;
    const found = new Uint8Array(count);
    if (part.kind === 'all') return found.fill(1);
    const wanted = part.kind === 'role' ? part.role : NONE;
    const same = part.kind !== 'network';
    for (let i = 0; i < count; i++) found[i] = Number((roles[i] === wanted) === same);
    return found;
  }

  /** Removes those of `found` without the word. */
  #narrow(found: Uint8Array, word: string): void {
    const { kinds, roles, reasons, roleList, reasonList } = this.tensors;
    const size = word.replace(/(?<=\d)[x×*](?=\d)/g, ' × ');
    const kindHas = flags(this.#kinds, (text) => text.includes(size));
    const roleHas = flags(roleList, (role) => role.includes(word));
    const reasonHas = flags(reasonList, (reason) => reason.toLowerCase().includes(word));
    const inName = this.#nameTest(word);
    for (let i = 0; i < found.length; i++) {
      if (!found[i] || kindHas[kinds[i]!] || inName(i)) continue;
      const role = roles[i]!;
      const reason = reasons[i]!;
      // NONE is no index, and looking up a missing property would take longer than everything else.
      const place = role !== NONE ? roleHas[role] : reason !== NONE && reasonHas[reason];
      if (!place) found[i] = 0;
    }
  }

  /**
   * Tests whether the name of a tensor contains the word, by its pieces. Each piece ends after a dot, so a word with
   * dots begins in one piece, equals the next ones, and ends in another.
   */
  #nameTest(word: string): (tensor: number) => boolean {
    const { codes, ends } = this.tensors.names;
    const parts = word.split(/(?<=\.)/);
    const last = parts.length - 1;
    const fits = parts.map((part, at) =>
      flags(this.#pieces, (piece) => {
        if (last === 0) return piece.includes(part);
        if (at === 0) return piece.endsWith(part);
        return at === last ? piece.startsWith(part) : piece === part;
      }),
    );
    const first = fits[0]!;
    return (tensor) => {
      const end = ends[tensor]! - last;
      for (let i = tensor === 0 ? 0 : ends[tensor - 1]!; i < end; i++) {
        if (!first[codes[i]!]) continue;
        let part = 1;
        while (part <= last && fits[part]![codes[i + part]!]) part++;
        if (part > last) return true;
      }
      return false;
    };
  }
}

/** 1 for each text that passes. */
function flags(texts: readonly string[], test: (text: string) => boolean): Uint8Array {
  return Uint8Array.from(texts, (text) => Number(test(text)));
}
