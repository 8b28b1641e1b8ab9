/**
 * The readable block types of ggml, and how to decode a block: bit for bit as `dequantize_row_*` in `ggml-quants.c`.
 * Layouts are those of `ggml-common.h`. Every product of a half and small integers is exact in float64, so the only
 * rounding is to float32, when a value is stored in `out`, as in ggml.
 */
import { float16Table } from '../../checkpoint/dtype';

/** Stores the values of the block that begins at `at` in `out`, from `to` on. */
type DecodeBlock = (bytes: Uint8Array, at: number, out: Float32Array, to: number) => void;

interface BlockType {
  /** Number of weights in a block. */
  elements: number;
  /** Number of stored bytes of a block. */
  bytes: number;
  decode: DecodeBlock;
}

/** The table is made when it is first needed: every thread loads this file, few read such blocks. */
const half = (bytes: Uint8Array, at: number): number => float16Table()[bytes[at]! | (bytes[at + 1]! << 8)]!;
const int8 = (byte: number): number => (byte << 24) >> 24;

/** Values of Q4_0 codes. */
const EVEN = Float64Array.from({ length: 16 }, (_, code) => code - 8);
/** Values of IQ4_NL and IQ4_XS codes. */
const UNEVEN = Float64Array.of(-127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113);
/** Twice the values of E2M1 codes; both zeros are positive. */
const E2M1_TWICE = Float64Array.of(0, 1, 2, 3, 4, 6, 8, 12, 0, -1, -2, -3, -4, -6, -8, -12);
/** Half the values of E8M0 codes: powers of two from 2^-128 on. */
const E8M0_HALF = Float64Array.from({ length: 256 }, (_, code) => 2 ** (code - 128));

/** 32 weights of 4 bits: the lower halves of 16 bytes, then the upper halves. @param table values by code. */
function ofTable(
  table: Float64Array,
  head: number,
  scale: (bytes: Uint8Array, at: number) => number,
): DecodeBlock {
  return (bytes, at, out, to) => {
    const d = scale(bytes, at);
    for (let j = 0; j < 16; j++) {
      const pair = bytes[at + head + j]!;
      out[to + j] = d * table[pair & 15]!;
      out[to + j + 16] = d * table[pair >> 4]!;
    }
  };
}

const q41: DecodeBlock = (bytes, at, out, to) => {
  const d = half(bytes, at);
  const least = half(bytes, at + 2);
  for (let j = 0; j < 16; j++) {
    const pair = bytes[at + 4 + j]!;
    out[to + j] = (pair & 15) * d + least;
    out[to + j + 16] = (pair >> 4) * d + least;
  }
};

/** The fifth bits of 32 weights are in 4 bytes before the others. */
const int32 = (bytes: Uint8Array, at: number): number =>
  bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24);

const q50: DecodeBlock = (bytes, at, out, to) => {
  const d = half(bytes, at);
  const fifth = int32(bytes, at + 2);
  for (let j = 0; j < 16; j++) {
    const pair = bytes[at + 6 + j]!;
    out[to + j] = (((pair & 15) | (((fifth >> j) & 1) << 4)) - 16) * d;
    out[to + j + 16] = (((pair >> 4) | (((fifth >> (j + 16)) & 1) << 4)) - 16) * d;
  }
};

const q51: DecodeBlock = (bytes, at, out, to) => {
  const d = half(bytes, at);
  const least = half(bytes, at + 2);
  const fifth = int32(bytes, at + 4);
  for (let j = 0; j < 16; j++) {
    const pair = bytes[at + 8 + j]!;
    out[to + j] = ((pair & 15) | (((fifth >> j) & 1) << 4)) * d + least;
    out[to + j + 16] = ((pair >> 4) | (((fifth >> (j + 16)) & 1) << 4)) * d + least;
  }
};

const q8: DecodeBlock = (bytes, at, out, to) => {
  const d = half(bytes, at);
  for (let j = 0; j < 32; j++) out[to + j] = int8(bytes[at + 2 + j]!) * d;
};

/** 16 groups of 16 weights of 2 bits; a byte for each group has its scale and its least value, 4 bits each. */
const q2K: DecodeBlock = (bytes, at, out, to) => {
  const d = half(bytes, at + 80);
  const m = half(bytes, at + 82);
  for (let run = 0; run < 16; run++) {
    const scales = bytes[at + run]!;
    const scale = d * (scales & 15);
    const least = m * (scales >> 4);
    const from = at + 16 + 32 * (run >> 3) + 16 * (run & 1);
    const shift = run & 6;
    for (let j = 0; j < 16; j++) out[to + 16 * run + j] = scale * ((bytes[from + j]! >> shift) & 3) - least;
  }
};

/** 16 groups of 16 weights of 3 bits, the third bit in 32 bytes before the others; scales of 6 bits in 12 bytes. */
const q3K: DecodeBlock = (bytes, at, out, to) => {
  const d = half(bytes, at + 108);
  for (let run = 0; run < 16; run++) {
    const low = bytes[at + 96 + (run & 7)]! >> (run < 8 ? 0 : 4);
    const high = bytes[at + 104 + (run & 3)]! >> (2 * (run >> 2));
    const scale = d * (((low & 15) | ((high & 3) << 4)) - 32);
    const inRun = 16 * (run & 1);
    const from = at + 32 + 32 * (run >> 3) + inRun;
    const shift = run & 6;
    const third = run >> 1;
    for (let j = 0; j < 16; j++) {
      const bits = ((bytes[from + j]! >> shift) & 3) | (((bytes[at + inRun + j]! >> third) & 1) << 2);
      out[to + 16 * run + j] = scale * (bits - 4);
    }
  }
};

/** The scale of group `run` of 8, of 6 bits in 12 bytes (`get_scale_min_k4`); with `by` 4, its least value. */
function sixBits(bytes: Uint8Array, at: number, run: number, by: 0 | 4): number {
  if (run < 4) return bytes[at + run + by]! & 63;
  return ((bytes[at + run + 4]! >> by) & 15) | ((bytes[at + run - 4 + by]! >> 6) << 4);
}

/** 8 groups of 32 weights of 4 bits, each with a scale and a least value. */
const q4K: DecodeBlock = (bytes, at, out, to) => {
  const d = half(bytes, at);
  const m = half(bytes, at + 2);
  for (let run = 0; run < 8; run++) {
    const scale = d * sixBits(bytes, at + 4, run, 0);
    const least = m * sixBits(bytes, at + 4, run, 4);
    const from = at + 16 + 32 * (run >> 1);
    const shift = 4 * (run & 1);
    for (let j = 0; j < 32; j++) out[to + 32 * run + j] = scale * ((bytes[from + j]! >> shift) & 15) - least;
  }
};

/** The same with the fifth bit of each in 32 bytes before the others. */
const q5K: DecodeBlock = (bytes, at, out, to) => {
  const d = half(bytes, at);
  const m = half(bytes, at + 2);
  for (let run = 0; run < 8; run++) {
    const scale = d * sixBits(bytes, at + 4, run, 0);
    const least = m * sixBits(bytes, at + 4, run, 4);
    const from = at + 48 + 32 * (run >> 1);
    const shift = 4 * (run & 1);
    for (let j = 0; j < 32; j++) {
      const fifth = ((bytes[at + 16 + j]! >> run) & 1) << 4;
      out[to + 32 * run + j] = scale * (((bytes[from + j]! >> shift) & 15) | fifth) - least;
    }
  }
};

/**
 * 16 groups of 16 weights of 6 bits: 4 bits in 128 bytes, 2 bits in the 64 bytes after them; a scale for every group.
 */
const q6K: DecodeBlock = (bytes, at, out, to) => {
  const d = half(bytes, at + 208);
  for (let run = 0; run < 8; run++) {
    const part = run >> 2;
    const quarter = run & 3;
    const from = at + 64 * part + 32 * (quarter & 1);
    const more = at + 128 + 32 * part;
    const shift = 4 * (quarter >> 1);
    const moreShift = 2 * quarter;
    for (let half32 = 0; half32 < 2; half32++) {
      const scale = d * int8(bytes[at + 192 + 2 * run + half32]!);
      for (let j = 16 * half32; j < 16 * half32 + 16; j++) {
        const low = (bytes[from + j]! >> shift) & 15;
        out[to + 32 * run + j] = scale * ((low | (((bytes[more + j]! >> moreShift) & 3) << 4)) - 32);
      }
    }
  }
};

const iq4Xs: DecodeBlock = (bytes, at, out, to) => {
  const d = half(bytes, at);
  const high = bytes[at + 2]! | (bytes[at + 3]! << 8);
  for (let run = 0; run < 8; run++) {
    const low = (bytes[at + 4 + (run >> 1)]! >> (4 * (run & 1))) & 15;
    const scale = d * ((low | (((high >> (2 * run)) & 3) << 4)) - 32);
    for (let j = 0; j < 16; j++) {
      const pair = bytes[at + 8 + 16 * run + j]!;
      out[to + 32 * run + j] = scale * UNEVEN[pair & 15]!;
      out[to + 32 * run + j + 16] = scale * UNEVEN[pair >> 4]!;
    }
  }
};

/** By ggml's name of the type. */
export const BLOCK_TYPES = {
  Q4_0: { elements: 32, bytes: 18, decode: ofTable(EVEN, 2, half) },
  Q4_1: { elements: 32, bytes: 20, decode: q41 },
  Q5_0: { elements: 32, bytes: 22, decode: q50 },
  Q5_1: { elements: 32, bytes: 24, decode: q51 },
  Q8_0: { elements: 32, bytes: 34, decode: q8 },
  Q2_K: { elements: 256, bytes: 84, decode: q2K },
  Q3_K: { elements: 256, bytes: 110, decode: q3K },
  Q4_K: { elements: 256, bytes: 144, decode: q4K },
  Q5_K: { elements: 256, bytes: 176, decode: q5K },
  Q6_K: { elements: 256, bytes: 210, decode: q6K },
  IQ4_NL: { elements: 32, bytes: 18, decode: ofTable(UNEVEN, 2, half) },
  IQ4_XS: { elements: 256, bytes: 136, decode: iq4Xs },
  MXFP4: { elements: 32, bytes: 17, decode: ofTable(E2M1_TWICE, 1, (bytes, at) => E8M0_HALF[bytes[at]!]!) },
} as const satisfies Record<string, BlockType>;

export type BlockTypeName = keyof typeof BLOCK_TYPES;

/** Decodes whole blocks, as many as fit into `out`. */
export function decodeBlocks(type: BlockTypeName, bytes: Uint8Array, out: Float32Array): void {
  const { elements, bytes: size, decode } = BLOCK_TYPES[type];
  for (let to = 0, at = 0; to < out.length; to += elements, at += size) decode(bytes, at, out, to);
}
