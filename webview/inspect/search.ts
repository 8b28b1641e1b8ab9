/** Finds tensors by words while the user types: half a million names in some tens of milliseconds. */
import { NONE } from '../../src/protocol/tensorTable';
import { shapeText, type Tensors } from './tensors';

/** Which part of the tensors is shown. */
export type Part =
  { kind: 'all' } | { kind: 'network' } | { kind: 'left-out' } | { kind: 'role'; role: number };

export class Search {
  /** The pieces of names in small letters. */
  readonly #pieces: readonly string[];
  readonly #kinds: readonly string[];

  constructor(private readonly tensors: Tensors) {
    this.#pieces = tensors.names.pieces.map((piece) => piece.toLowerCase());
    this.#kinds = tensors.kindList.map((kind) => `${kind.dtype} ${shapeText(kind)}`.toLowerCase());
  }

  /**
   * 1 for each tensor that has every word of `query`, in its name, type, shape, role or the reason why it is left out.
   * Shapes are written with × or x, without spaces: `8x16`.
   */
  find(query: string, part: Part): Uint8Array {
    const found = this.#inPart(part);
    for (const word of query.toLowerCase().split(/\s+/).filter(Boolean)) this.#narrow(found, word);
    return found;
  }

  #inPart(part: Part): Uint8Array {
    const { tensors } = this;
    const found = new Uint8Array(tensors.count);
    for (let i = 0; i < found.length; i++) {
      const role = tensors.roles[i]!;
      found[i] = Number(
        part.kind === 'all' ||
          (part.kind === 'role' ? role === part.role : (role === NONE) === (part.kind === 'left-out')),
      );
    }
    return found;
  }

  /** Leaves those of `found` that have the word. */
  #narrow(found: Uint8Array, word: string): void {
    const { tensors } = this;
    const size = word.replace(/(?<=\d)[x×*](?=\d)/g, ' × ');
    const kinds = this.#kinds.map((text) => text.includes(size));
    const roles = tensors.roleList.map((role) => role.includes(word));
    const reasons = tensors.reasonList.map((reason) => reason.toLowerCase().includes(word));
    const inName = this.#nameTest(word);
    for (let i = 0; i < found.length; i++) {
      if (!found[i] || kinds[tensors.kinds[i]!]) continue;
      const role = tensors.roles[i]!;
      const reason = tensors.reasons[i]!;
      // NONE is no index of an array: to look for it there is slow.
      const place = role !== NONE ? roles[role] : reason !== NONE && reasons[reason];
      if (!place && !inName(i)) found[i] = 0;
    }
  }

  /**
   * Whether the name of a tensor has the word, told by its pieces. Each ends behind a dot, so a word with dots begins in
   * one piece, is all of the next ones, and ends in another.
   */
  #nameTest(word: string): (tensor: number) => boolean {
    const { codes, ends } = this.tensors.names;
    const parts = word.split(/(?<=\.)/);
    const last = parts.length - 1;
    const fits = parts.map((part, at) =>
      Uint8Array.from(this.#pieces, (piece) => {
        if (last === 0) return Number(piece.includes(part));
        if (at === 0) return Number(piece.endsWith(part));
        return Number(at === last ? piece.startsWith(part) : piece === part);
      }),
    );
    return (tensor) => {
      const end = ends[tensor]! - last;
      for (let i = tensor === 0 ? 0 : ends[tensor - 1]!; i < end; i++) {
        let part = 0;
        while (part <= last && fits[part]![codes[i + part]!]) part++;
        if (part > last) return true;
      }
      return false;
    };
  }
}
