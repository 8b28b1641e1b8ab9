/**
 * Replaces weights that are stored quantized by tensors of the model, before anything else is derived from names and
 * types.
 */
import { integer } from '../../protocol/format';
import { isDecodable } from '../checkpoint/dtype';
import type { Checkpoint, TensorInfo } from '../checkpoint/types';
import { splitName } from '../network/sieve/modules';
import { float8, int8 } from './floats';
import { bitsandbytes, mxfp4 } from './fourBits';
import { compressedTensors, gptqAndAwq, mlx } from './packed';
import { configured, Undecodable, type Context, type Decoded, type Module, type Scheme } from './scheme';

const SCHEMES: readonly Scheme[] = [float8, int8, bitsandbytes, mxfp4, gptqAndAwq, compressedTensors, mlx];

/** A tensor of a checkpoint, or a weight decoded from some of these. */
export interface DecodedTensor extends TensorInfo {
  decodedFrom?: readonly TensorInfo[];
}

export interface DecodedWeights {
  tensors: readonly DecodedTensor[];
  /** Tensor name → why this weight of a known packing cannot be decoded. */
  undecodable: ReadonlyMap<string, string>;
}

/** A larger tensor does not describe how others are stored. */
const MAX_REPORTED_BYTES = 65_536;
/** Modules that contain settings of others, or none. */
const MARKS = /^(scaled_fp8|comfy_quant)$/;
const SIGN = /^(U8|I8|I32|U32|F8_E(4M3|5M2)(FNUZ)?)$/;
const SCALE = /scale|SCB/;

/** @throws NeuroMfaError where a small tensor that gives a shape cannot be read. */
export function withDecodedWeights({
  tensors,
  config,
  read,
}: Pick<Checkpoint, 'tensors' | 'config' | 'read'>): DecodedWeights {
  const undecodable = new Map<string, string>();
  if (!tensors.some(({ dtype, shape, recipe }) => shape.length > 0 && !recipe && SIGN.test(dtype)))
    return { tensors, undecodable };
  const context: Context = {
    config,
    hasScales:
      tensors.some(isMark) || configured(config, 'quantization_config') !== undefined || anyScaled(tensors),
    read: (tensor) => {
      if (tensor.bytes > MAX_REPORTED_BYTES)
        throw new Undecodable(
          `${tensor.name} has ${integer(tensor.bytes)} bytes, too many to say how others are stored`,
        );
      const bytes = new Uint8Array(tensor.bytes);
      read(tensor, 0, bytes);
      return bytes;
    },
  };
  const stored = new Set(tensors.map(({ name }) => name));
  const made = new Map<TensorInfo, DecodedTensor>();
  const gone = new Set<TensorInfo>();
  for (const module of modulesOf(tensors)) {
    for (const decoded of decodedIn(module, context, undecodable)) {
      const [codes, ...others] = decoded.parts;
      // A weight that is also stored directly counts.
      if (decoded.name !== codes.name && stored.has(decoded.name)) continue;
      made.set(codes, tensorOf(decoded));
      for (const part of others) gone.add(part);
    }
  }
  if (made.size === 0) return { tensors, undecodable };
  return {
    tensors: tensors.filter((tensor) => !gone.has(tensor)).map((tensor) => made.get(tensor) ?? tensor),
    undecodable,
  };
}

function isMark({ name }: TensorInfo): boolean {
  return MARKS.test(splitName(name)[1]);
}

/** Whether any 8-bit floats have scales beside them. */
function anyScaled(tensors: readonly TensorInfo[]): boolean {
  const modules = new Set(
    tensors.filter(({ dtype }) => dtype.startsWith('F8_')).map(({ name }) => splitName(name)[0]),
  );
  return tensors.some(({ name }) => {
    const [module, leaf] = splitName(name);
    return SCALE.test(leaf) && modules.has(module);
  });
}

function modulesOf(tensors: readonly TensorInfo[]): Iterable<Module> {
  const modules = new Map<string, { prefix: string; leaves: Map<string, TensorInfo> }>();
  for (const tensor of tensors) {
    if (tensor.recipe) continue;
    const [path, leaf] = splitName(tensor.name);
    const module = modules.get(path);
    if (module) module.leaves.set(leaf, tensor);
    else
      modules.set(path, {
        prefix: tensor.name.slice(0, tensor.name.length - leaf.length),
        leaves: new Map([[leaf, tensor]]),
      });
  }
  return modules.values();
}

function decodedIn(module: Module, context: Context, undecodable: Map<string, string>): Decoded[] {
  const plain = module.leaves.get('weight');
  if (plain && isDecodable(plain.dtype) && plain.shape.length > 1) return [];
  for (const scheme of SCHEMES) {
    try {
      const decoded = scheme(module, context);
      if (decoded.length > 0) return decoded;
    } catch (error) {
      if (!(error instanceof Undecodable)) throw error;
      for (const { name } of module.leaves.values()) undecodable.set(name, error.message);
      return [];
    }
  }
  return [];
}

function tensorOf({ name, shape, stored, recipe, parts, axes }: Decoded): DecodedTensor {
  const [{ file, offset }] = parts;
  return {
    name,
    dtype: 'F32',
    shape,
    file,
    offset,
    bytes: parts.reduce((sum, { bytes }) => sum + bytes, 0),
    stored,
    recipe: { kind: 'scaled', ...recipe },
    ...(axes && { axes }),
    decodedFrom: parts,
  };
}
