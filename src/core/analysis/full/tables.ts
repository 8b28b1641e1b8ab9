/** The lookup tables of one run of the full network, made once per worker and settings. */
import { elementReader, type DType } from '../../checkpoint/dtype';
import type { Kernel } from '../../multifractal/kernel/kernel';
import {
  codes16,
  codes32,
  radiusCodes,
  type Codes32,
  type RadiusCodes,
} from '../../multifractal/radiusCodes';
import { TRANSFER } from '../../multifractal/transfer';
import type { Transfer } from '../../../protocol/analysis';

export interface EdgeLengths {
  transfer: Transfer;
  threshold: number;
  /** Multiplies every edge length: 1, or 50 / median for scale-free lengths. */
  scale: number;
}

/** One pass over the weights: its codes, and its tables by element type. */
export class CodePass {
  readonly #sixteen = new Map<DType, Uint8Array>();
  #thirtyTwo: Codes32 | undefined;

  constructor(readonly codes: RadiusCodes) {}

  /** Gives the kernel the table of `dtype`. @returns what its 32-bit table leaves open, if anything. */
  select(kernel: Kernel, dtype: 'F16' | 'BF16' | 'F32'): ReadonlySet<number> | null {
    if (dtype === 'F32') {
      this.#thirtyTwo ??= codes32(this.codes);
      kernel.useCodes32(this.#thirtyTwo.packed);
      return this.#thirtyTwo.unresolved.size > 0 ? this.#thirtyTwo.unresolved : null;
    }
    let table = this.#sixteen.get(dtype);
    if (!table) {
      const patterns = Uint16Array.from({ length: 32768 }, (_, bits) => bits);
      const value = elementReader(dtype, new Uint8Array(patterns.buffer));
      this.#sixteen.set(dtype, (table = codes16(this.codes, value)));
    }
    kernel.useCodes16(table);
    return null;
  }
}

/** The passes for these edge lengths: one where spectrum and fractal dimensions share their codes, else two. */
export function codePasses({ transfer, threshold, scale }: EdgeLengths): CodePass[] {
  const distance = TRANSFER[transfer];
  const scaled = scale === 1 ? distance : (magnitude: number): number => scale * distance(magnitude);
  return radiusCodes(scaled, threshold).map((codes) => new CodePass(codes));
}
