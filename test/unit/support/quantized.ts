/**
 * Weights as quantizing programs store them, and the float32 values that these programs decode: packed bit by bit and computed
 * weight by weight, as their sources say it.
 */
import type { TensorToWrite } from './writeCheckpoint';

/** Numbers from 0 up to 1, the same ones for the same seed. */
export function seeded(seed: number): () => number {
  let state = (Math.imul(seed, 2654435761) ^ 0x9e3779b9) >>> 0;
  return () => {
    state = (Math.imul(state ^ (state >>> 15), 2246822519) + 0x6d2b79f5) >>> 0;
    return state / 2 ** 32;
  };
}

export interface QuantizedMatrix {
  /** What is stored. */
  stored: TensorToWrite[];
  /** The values in the shape in which they are stored. */
  plain: TensorToWrite;
}

/** @param path of the layer. */
export type Quantizer = (path: string, targets: number, sources: number, seed: number) => QuantizedMatrix;

const tensor = (
  name: string,
  dtype: string,
  shape: readonly number[],
  bytes: ArrayBufferView,
): TensorToWrite => ({
  name,
  dtype,
  shape,
  bytes: new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength),
});

const plainOf = (name: string, shape: readonly number[], value: (index: number) => number): TensorToWrite =>
  tensor(
    name,
    'F32',
    shape,
    Float32Array.from({ length: shape.reduce((all, side) => all * side, 1) }, (_, i) => value(i)),
  );

/** Codes of so many bits, one after another, lowest bits first. */
function packBits(codes: readonly number[], bits: number): Uint8Array {
  const bytes = new Uint8Array(Math.ceil((codes.length * bits) / 8));
  for (const [i, code] of codes.entries()) {
    for (let bit = 0; bit < bits; bit++) {
      const at = i * bits + bit;
      if ((code >> bit) & 1) bytes[at >> 3]! |= 1 << (at & 7);
    }
  }
  return bytes;
}

/** A float16 that is not small, as bits, and its value. */
function anyHalf(random: () => number, exponent = 8): { bits: number; value: number } {
  const fraction = Math.floor(random() * 1024);
  const power = exponent + Math.floor(random() * 3);
  return { bits: (power << 10) | fraction, value: 2 ** (power - 15) * (1 + fraction / 1024) };
}

/** A bfloat16 likewise. */
function anyBrain(random: () => number, exponent = 118): { bits: number; value: number } {
  const fraction = Math.floor(random() * 128);
  const power = exponent + Math.floor(random() * 3);
  return { bits: (power << 7) | fraction, value: 2 ** (power - 127) * (1 + fraction / 128) };
}

const list = <T>(length: number, of: (index: number) => T): T[] => Array.from({ length }, (_, i) => of(i));
const below = (random: () => number, limit: number): number => Math.floor(random() * limit);
const anyScale = (random: () => number): number => Math.fround(2 ** -7 * (0.5 + random()));

/** By the definition of OFP8: sign, exponent with its bias, fraction. */
function e4m3(code: number): number {
  const sign = code >= 128 ? -1 : 1;
  const exponent = (code >> 3) & 15;
  const fraction = code & 7;
  if (exponent === 15 && fraction === 7) return NaN;
  return sign * (exponent === 0 ? (fraction / 8) * 2 ** -6 : (1 + fraction / 8) * 2 ** (exponent - 7));
}

/** Any code but NaN. */
const anyE4m3 = (random: () => number): number => {
  const code = below(random, 256);
  return (code & 127) === 127 ? code - 1 : code;
};

/** @param scale of row and column, and the tensor that holds them. */
function float8(
  scales: (
    path: string,
    rows: number,
    columns: number,
    random: () => number,
  ) => [TensorToWrite, (row: number, column: number) => number],
): Quantizer {
  return (path, targets, sources, seed) => {
    const random = seeded(seed);
    const codes = list(targets * sources, () => anyE4m3(random));
    const [scale, of] = scales(path, targets, sources, random);
    return {
      stored: [tensor(`${path}.weight`, 'F8_E4M3', [targets, sources], Uint8Array.from(codes)), scale],
      plain: plainOf(`${path}.weight`, [targets, sources], (i) =>
        Math.fround(e4m3(codes[i]!) * of(Math.floor(i / sources), i % sources)),
      ),
    };
  };
}

/** DeepSeek: a scale for each 128 × 128 weights, rounded up. */
export const FP8_BLOCKS = float8((path, rows, columns, random) => {
  const [down, across] = [Math.ceil(rows / 128), Math.ceil(columns / 128)];
  const scales = Float32Array.from({ length: down * across }, () => anyScale(random));
  return [
    tensor(`${path}.weight_scale_inv`, 'F32', [down, across], scales),
    (row, column) => scales[Math.floor(row / 128) * across + Math.floor(column / 128)]!,
  ];
});

/** compressed-tensors and FBGEMM: a scale for each row, here in bfloat16. */
export const FP8_ROWS = float8((path, rows, _, random) => {
  const scales = list(rows, () => anyBrain(random));
  const bits = Uint16Array.from(scales, (each) => each.bits);
  return [tensor(`${path}.weight_scale`, 'BF16', [rows, 1], bits), (row) => scales[row]!.value];
});

/** FBGEMM in Transformers, which stores the bound of its activations' scales as well. */
export const FP8_FBGEMM: Quantizer = (...words) => {
  const { stored, ...rest } = FP8_ROWS(...words);
  const bound = tensor(`${words[0]}.input_scale_ub`, 'F32', [1], Float32Array.of(1200));
  return { ...rest, stored: [...stored, bound] };
};

/** ModelOpt and ComfyUI: one scale. @param leaf its name. */
export const fp8Whole = (leaf: string): Quantizer =>
  float8((path, _, __, random) => {
    const scale = anyScale(random);
    return [tensor(`${path}.${leaf}`, 'F32', [], Float32Array.of(scale)), () => scale];
  });

/** Without any scale: cast as it is. */
export const FP8_PLAIN: Quantizer = (path, targets, sources, seed) => {
  const random = seeded(seed);
  const codes = list(targets * sources, () => below(random, 120) + 128 * below(random, 2));
  return {
    stored: [tensor(`${path}.weight`, 'F8_E5M2', [targets, sources], Uint8Array.from(codes))],
    plain: plainOf(`${path}.weight`, [targets, sources], (i) => {
      const [sign, exponent, fraction] = [codes[i]! >= 128 ? -1 : 1, (codes[i]! >> 2) & 31, codes[i]! & 3];
      return sign * (exponent === 0 ? (fraction / 4) * 2 ** -14 : (1 + fraction / 4) * 2 ** (exponent - 15));
    }),
  };
};

/** bitsandbytes: `A * stats.view(-1, 1) * 7.874015718698502e-3` in float32. */
export const BNB_INT8: Quantizer = (path, targets, sources, seed) => {
  const random = seeded(seed);
  const codes = Int8Array.from({ length: targets * sources }, () => below(random, 255) - 127);
  const scales = Float32Array.from({ length: targets }, () => anyScale(random));
  return {
    stored: [
      tensor(`${path}.weight`, 'I8', [targets, sources], codes),
      tensor(`${path}.SCB`, 'F32', [targets], scales),
      tensor(`${path}.weight_format`, 'U8', [], Uint8Array.of(0)),
    ],
    plain: plainOf(`${path}.weight`, [targets, sources], (i) =>
      Math.fround(
        Math.fround(codes[i]! * scales[Math.floor(i / sources)]!) * Math.fround(7.874015718698502e-3),
      ),
    ),
  };
};

/** compressed-tensors: int8 by row, with zeros. */
export const INT8_ZEROS: Quantizer = (path, targets, sources, seed) => {
  const random = seeded(seed);
  const codes = Int8Array.from({ length: targets * sources }, () => below(random, 256) - 128);
  const zeros = Int8Array.from({ length: targets }, () => below(random, 256) - 128);
  const scales = list(targets, () => anyBrain(random));
  return {
    stored: [
      tensor(`${path}.weight`, 'I8', [targets, sources], codes),
      tensor(
        `${path}.weight_scale`,
        'BF16',
        [targets, 1],
        Uint16Array.from(scales, (each) => each.bits),
      ),
      tensor(`${path}.weight_zero_point`, 'I8', [targets, 1], zeros),
    ],
    plain: plainOf(`${path}.weight`, [targets, sources], (i) => {
      const row = Math.floor(i / sources);
      return Math.fround((codes[i]! - zeros[row]!) * scales[row]!.value);
    }),
  };
};

/** The 16 numbers of NF4 (Dettmers et al., QLoRA, 2023), rounded: any table does, it lies in the file. */
const NF4 = Float32Array.of(
  -1,
  -0.6962,
  -0.5251,
  -0.3949,
  -0.2844,
  -0.1848,
  -0.0911,
  0,
  0.0796,
  0.1609,
  0.2461,
  0.3379,
  0.4407,
  0.5626,
  0.723,
  1,
);

/** Those of FP4 (a sign, two bits of exponent, one of fraction), as bitsandbytes orders them: the largest is 1. */
const FP4 = Float32Array.of(
  ...[0, 0.0625 / 12, 8 / 12, 1, 4 / 12, 6 / 12, 2 / 12, 3 / 12],
  ...[-0, -0.0625 / 12, -8 / 12, -1, -4 / 12, -6 / 12, -2 / 12, -3 / 12],
);

/** bitsandbytes: blocks of 64 through all rows, the first of two codes in the upper half. @param nested whether scales are quantized too. */
export const bnb4 =
  (nested: boolean, type: 'nf4' | 'fp4' = 'nf4'): Quantizer =>
  (path, targets, sources, seed) => {
    const random = seeded(seed);
    const size = targets * sources;
    const table = type === 'nf4' ? NF4 : FP4;
    const codes = list(size, () => below(random, 16));
    const blocks = size / 64;
    const packed = Uint8Array.from({ length: size / 2 }, (_, i) => (codes[2 * i]! << 4) | codes[2 * i + 1]!);
    const state: Record<string, unknown> = {
      quant_type: type,
      blocksize: 64,
      dtype: 'bfloat16',
      shape: [targets, sources],
    };
    const beside: TensorToWrite[] = [];
    let absmax = Float32Array.from({ length: blocks }, () => anyScale(random));
    if (nested) {
      const own = list(blocks, () => below(random, 256));
      const map = Float32Array.from({ length: 256 }, (_, i) => Math.fround((i - 127) / 128.5));
      const outer = Float32Array.from({ length: Math.ceil(blocks / 16) }, () => anyScale(random));
      const offset = Math.fround(0.0123456);
      // dequantize_blockwise, then `absmax += quant_state.offset`, in float32.
      absmax = Float32Array.from(
        own,
        (code, i) => Math.fround(map[code]! * outer[Math.floor(i / 16)]!) + offset,
      );
      beside.push(
        tensor(`${path}.weight.absmax`, 'U8', [blocks], Uint8Array.from(own)),
        tensor(`${path}.weight.nested_absmax`, 'F32', [outer.length], outer),
        tensor(`${path}.weight.nested_quant_map`, 'F32', [256], map),
      );
      Object.assign(state, { nested_blocksize: 16, nested_dtype: 'float32', nested_offset: offset });
    } else beside.push(tensor(`${path}.weight.absmax`, 'F32', [blocks], absmax));
    const json = Buffer.from(JSON.stringify(state));
    return {
      stored: [
        tensor(`${path}.weight`, 'U8', [size / 2, 1], packed),
        ...beside,
        tensor(`${path}.weight.quant_map`, 'F32', [16], table),
        tensor(`${path}.weight.quant_state.bitsandbytes__${type}`, 'U8', [json.length], json),
      ],
      plain: plainOf(`${path}.weight`, [targets, sources], (i) =>
        Math.fround(table[codes[i]!]! * absmax[Math.floor(i / 64)]!),
      ),
    };
  };

/** Words of 32 bits down the columns: pack each column, and put the words of all columns beside one another. */
function packColumns(codes: readonly number[], rows: number, columns: number, bits: number): Int32Array {
  const perColumn = (rows * bits) / 32;
  const words = list(columns, (column) => {
    const own = list(rows, (row) => codes[row * columns + column]!);
    return new Int32Array(Uint8Array.from(packBits(own, bits)).buffer);
  });
  return Int32Array.from(
    { length: perColumn * columns },
    (_, i) => words[i % columns]![Math.floor(i / columns)]!,
  );
}

const wordsOf = (bytes: Uint8Array): Int32Array => new Int32Array(Uint8Array.from(bytes).buffer);

/** GPTQ: [in, out], value = scale · (code − (zero + 1)), in format 2 without the 1. */
export const gptq =
  (bits: number, { plus = 1, shuffled = false, group = 32 } = {}): Quantizer =>
  (path, targets, sources, seed) => {
    const random = seeded(seed);
    const codes = list(sources * targets, () => below(random, 2 ** bits));
    const groups = sources / group;
    const zeros = list(groups * targets, () => below(random, 2 ** bits));
    const scales = list(groups * targets, () => anyHalf(random));
    // Groups of inputs by their order of activation.
    const index = Int32Array.from({ length: sources }, (_, i) =>
      shuffled ? (i * 7) % groups : Math.floor(i / group),
    );
    return {
      stored: [
        tensor(
          `${path}.qweight`,
          'I32',
          [(sources * bits) / 32, targets],
          packColumns(codes, sources, targets, bits),
        ),
        tensor(`${path}.qzeros`, 'I32', [groups, (targets * bits) / 32], wordsOf(packBits(zeros, bits))),
        tensor(
          `${path}.scales`,
          'F16',
          [groups, targets],
          Uint16Array.from(scales, (each) => each.bits),
        ),
        ...(shuffled ? [tensor(`${path}.g_idx`, 'I32', [sources], index)] : []),
      ],
      plain: plainOf(`${path}.weight`, [sources, targets], (i) => {
        const at = index[Math.floor(i / targets)]! * targets + (i % targets);
        return Math.fround((codes[i]! - (zeros[at]! + plus)) * scales[at]!.value);
      }),
    };
  };

/** AWQ: [in, out], eight outputs in a word: number j of them is at the place 0 4 1 5 2 6 3 7. */
export const AWQ: Quantizer = (path, targets, sources, seed) => {
  const random = seeded(seed);
  const [group, order] = [32, [0, 2, 4, 6, 1, 3, 5, 7]];
  const groups = sources / group;
  const pack = (codes: readonly number[]): Int32Array =>
    Int32Array.from({ length: codes.length / 8 }, (_, word) =>
      order.reduce((bits, column, place) => bits | (codes[8 * word + column]! << (4 * place)), 0),
    );
  const codes = list(sources * targets, () => below(random, 16));
  const zeros = list(groups * targets, () => below(random, 16));
  const scales = list(groups * targets, () => anyHalf(random));
  return {
    stored: [
      tensor(`${path}.qweight`, 'I32', [sources, targets / 8], pack(codes)),
      tensor(`${path}.qzeros`, 'I32', [groups, targets / 8], pack(zeros)),
      tensor(
        `${path}.scales`,
        'F16',
        [groups, targets],
        Uint16Array.from(scales, (each) => each.bits),
      ),
    ],
    plain: plainOf(`${path}.weight`, [sources, targets], (i) => {
      const at = Math.floor(i / targets / group) * targets + (i % targets);
      return Math.fround((codes[i]! - zeros[at]!) * scales[at]!.value);
    }),
  };
};

/** compressed-tensors' pack-quantized: half the range is added to codes and zeros before they are packed. */
export const packQuantized =
  (bits: number, { zeros: withZeros = false, shuffled = false, group = 32 } = {}): Quantizer =>
  (path, targets, sources, seed) => {
    const random = seeded(seed);
    const groups = sources / group;
    const codes = list(targets * sources, () => below(random, 2 ** bits));
    const zeros = list(targets * groups, () => (withZeros ? below(random, 2 ** bits) : 2 ** (bits - 1)));
    const scales = list(targets * groups, () => anyBrain(random));
    const index = Int32Array.from({ length: sources }, (_, i) =>
      shuffled ? (i * 5) % groups : Math.floor(i / group),
    );
    return {
      stored: [
        tensor(
          `${path}.weight_packed`,
          'I32',
          [targets, (sources * bits) / 32],
          wordsOf(packBits(codes, bits)),
        ),
        tensor(
          `${path}.weight_scale`,
          'BF16',
          [targets, groups],
          Uint16Array.from(scales, (each) => each.bits),
        ),
        tensor(`${path}.weight_shape`, 'I64', [2], BigInt64Array.of(BigInt(targets), BigInt(sources))),
        ...(withZeros
          ? [
              tensor(
                `${path}.weight_zero_point`,
                'I32',
                [(targets * bits) / 32, groups],
                packColumns(zeros, targets, groups, bits),
              ),
            ]
          : []),
        ...(shuffled ? [tensor(`${path}.weight_g_idx`, 'I32', [sources], index)] : []),
      ],
      plain: plainOf(`${path}.weight`, [targets, sources], (i) => {
        const at = Math.floor(i / sources) * groups + index[i % sources]!;
        return Math.fround((codes[i]! - zeros[at]!) * scales[at]!.value);
      }),
    };
  };

/** MLX: value = scale · code + bias for each group of a row. */
export const mlx =
  (bits: number, group: number): Quantizer =>
  (path, targets, sources, seed) => {
    const random = seeded(seed);
    const groups = (targets * sources) / group;
    const codes = list(targets * sources, () => below(random, 2 ** bits));
    const scales = list(groups, () => anyHalf(random));
    const biases = list(groups, () => anyHalf(random, 10));
    const halves = (name: string, numbers: typeof scales): TensorToWrite =>
      tensor(
        `${path}.${name}`,
        'F16',
        [targets, sources / group],
        Uint16Array.from(numbers, (each) => each.bits | (name === 'biases' ? 0x8000 : 0)),
      );
    return {
      stored: [
        tensor(`${path}.weight`, 'U32', [targets, (sources * bits) / 32], packBits(codes, bits)),
        halves('scales', scales),
        halves('biases', biases),
      ],
      plain: plainOf(`${path}.weight`, [targets, sources], (i) => {
        const at = Math.floor(i / group);
        return Math.fround(codes[i]! * scales[at]!.value - biases[at]!.value);
      }),
    };
  };

const E2M1 = [0, 0.5, 1, 1.5, 2, 3, 4, 6, -0, -0.5, -1, -1.5, -2, -3, -4, -6];

/** GPT-OSS: stacks of matrices in blocks of 32, each with a power of two. */
export function mxfp4Stack(
  path: string,
  experts: number,
  rows: number,
  columns: number,
  seed: number,
): QuantizedMatrix {
  const random = seeded(seed);
  const groups = columns / 32;
  const codes = list(experts * rows * columns, () => below(random, 16));
  const scales = Uint8Array.from({ length: experts * rows * groups }, () => 116 + below(random, 6));
  return {
    stored: [
      tensor(`${path}_blocks`, 'U8', [experts, rows, groups, 16], packBits(codes, 4)),
      tensor(`${path}_scales`, 'U8', [experts, rows, groups], scales),
    ],
    plain: plainOf(
      path,
      [experts, rows, columns],
      (i) => E2M1[codes[i]!]! * 2 ** (scales[Math.floor(i / 32)]! - 127),
    ),
  };
}
