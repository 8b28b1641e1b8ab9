/** The lookup tables of one run, made once per worker and settings. */
import type { Transfer } from '../../protocol/analysis';
import { elementReader, type DType } from '../checkpoint/dtype';
import type { Kernel } from '../multifractal/kernel/kernel';
import {
  codes16,
  codes32,
  hasByteCodes,
  radiusCodes,
  type Codes32,
  type RadiusCodes,
} from '../multifractal/radiusCodes';
import { TRANSFER } from '../multifractal/transfer';

export interface EdgeLengths {
  transfer: Transfer;
  threshold: number;
  /** Multiplies every edge length: 1, or 50 / median for scale-free lengths. */
  scale: number;
}

/** Types whose codes the kernel looks up itself. */
export type TabledDType = 'F16' | 'BF16' | 'F32';

export function isTabled(dtype: DType): dtype is TabledDType {
  return dtype === 'F16' || dtype === 'BF16' || dtype === 'F32';
}

/** One pass over the weights: its codes, and its tables by element type. */
export class CodePass {
  readonly #sixteen = new Map<DType, Uint16Array>();
  #thirtyTwo: Codes32 | undefined;

  constructor(readonly codes: RadiusCodes) {}

  /**
   * Gives the kernel the table of `dtype`.
   * @returns the number of bits of its elements; null where it has no table and {@link encode} looks its codes up:
   *   64-bit floats, codes of more than one byte, and 32-bit floats where one entry would have to represent several
   *   codes (the lengths -ln |w| of the smallest).
   */
  select(kernel: Kernel, dtype: DType): 16 | 32 | null {
    if (!hasByteCodes(this.codes) || !isTabled(dtype)) return null;
    if (dtype === 'F32') {
      this.#thirtyTwo ??= codes32(this.codes);
      if (this.#thirtyTwo.unresolved.size > 0) return null;
      kernel.useCodes32(this.#thirtyTwo.packed);
      return 32;
    }
    kernel.useCodes16(this.#tableOf(dtype));
    return 16;
  }

  /** Overwrites elements with their codes, 16 bits each: code i at bytes 2i and 2i + 1. */
  encode(dtype: DType, bytes: Uint8Array, elements: number): void {
    const codes = new Uint16Array(bytes.buffer, bytes.byteOffset, elements);
    if (dtype === 'F16' || dtype === 'BF16') {
      const table = this.#tableOf(dtype);
      for (let i = 0; i < elements; i++) codes[i] = table[codes[i]! & 0x7fff]!;
      return;
    }
    const element = elementReader(dtype, bytes);
    const { codeOf } = this.codes;
    // An element is read before its position is overwritten, and later elements are further on.
    for (let i = 0; i < elements; i++) codes[i] = codeOf(Math.abs(element(i)));
  }

  #tableOf(dtype: 'F16' | 'BF16'): Uint16Array {
    let table = this.#sixteen.get(dtype);
    if (!table) {
      const patterns = Uint16Array.from({ length: 32768 }, (_, bits) => bits);
      const value = elementReader(dtype, new Uint8Array(patterns.buffer));
      this.#sixteen.set(dtype, (table = codes16(this.codes, value)));
    }
    return table;
  }
}

/** The passes for these edge lengths: one where spectrum and fractal dimensions share their codes, otherwise two. */
export function codePasses({ transfer, threshold, scale }: EdgeLengths): CodePass[] {
  const distance = TRANSFER[transfer];
  const scaled = scale === 1 ? distance : (magnitude: number): number => scale * distance(magnitude);
  return radiusCodes(scaled, threshold).map((codes) => new CodePass(codes));
}
