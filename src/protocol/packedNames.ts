/**
 * Names as numbers of the pieces they consist of; a piece ends after each dot. Half a million tensors' names consist of
 * some thousand pieces, so finding, sorting and sending names means finding, sorting and sending pieces.
 */
import * as v from 'valibot';

export const namesSchema = v.object({
  /** Numbers of pieces, for all names one after the other. */
  codes: v.instance(Uint32Array),
  /** Where each name ends in `codes`. */
  ends: v.instance(Uint32Array),
});
export type PackedNames = v.InferOutput<typeof namesSchema>;

/** Numbers pieces in the order of first use. */
export class NamePieces {
  readonly list: string[] = [];
  readonly #codes = new Map<string, number>();

  codeOf(piece: string): number {
    let code = this.#codes.get(piece);
    if (code === undefined) {
      code = this.list.push(piece) - 1;
      this.#codes.set(piece, code);
    }
    return code;
  }

  /** Writes the numbers of a name's pieces to `into`, from `at` on. @returns the position after them. */
  write(name: string, into: Uint32Array, at: number): number {
    let end = at;
    for (let from = 0; from < name.length;) {
      const dot = name.indexOf('.', from);
      const to = dot < 0 ? name.length : dot + 1;
      into[end++] = this.codeOf(name.slice(from, to));
      from = to;
    }
    return end;
  }

  pack(names: readonly string[]): PackedNames {
    const most = names.reduce((sum, name) => sum + name.length, 0);
    let codes = new Uint32Array(Math.min(most, 8 * names.length));
    let count = 0;
    const ends = Uint32Array.from(names, (name) => {
      if (count + name.length > codes.length) codes = grown(codes, count + name.length);
      return (count = this.write(name, codes, count));
    });
    return { codes: codes.slice(0, count), ends };
  }
}

/** Spells out one name. */
export function nameAt({ codes, ends }: PackedNames, pieces: readonly string[], index: number): string {
  let name = '';
  for (let i = index === 0 ? 0 : ends[index - 1]!; i < ends[index]!; i++) name += pieces[codes[i]!]!;
  return name;
}

/** The names of `order`, in this order. */
export function pickNames({ codes, ends }: PackedNames, order: Uint32Array): PackedNames {
  const into = new Uint32Array(codes.length);
  const picked = new Uint32Array(order.length);
  let count = 0;
  for (let i = 0; i < order.length; i++) {
    const name = order[i]!;
    for (let at = name === 0 ? 0 : ends[name - 1]!; at < ends[name]!; at++) into[count++] = codes[at]!;
    picked[i] = count;
  }
  return { codes: into.slice(0, count), ends: picked };
}

function grown(codes: Uint32Array, least: number): Uint32Array<ArrayBuffer> {
  const larger = new Uint32Array(Math.max(2 * codes.length, least));
  larger.set(codes);
  return larger;
}
