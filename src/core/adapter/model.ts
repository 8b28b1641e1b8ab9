/**
 * The model whose network is analyzed. The model of a low-rank adapter is its base plus every update, W = W₀ + s · B ·
 * A, or the updates alone, ΔW = s · B · A (Hu et al., LoRA, ICLR 2022).
 */
import { createHash } from 'node:crypto';
import { dirname, join } from '../storage/paths';
import type { AdapterInfo, SkippedTensor } from '../../protocol/analysis';
import { NeuroMfaError } from '../../protocol/errors';
import type { BaseChoice } from '../../protocol/subject';
import { DTYPE_BITS, elementReader } from '../checkpoint/dtype';
import { gguf } from '../checkpoint/formats/gguf';
import { checkpointName } from '../checkpoint/name';
import { openCheckpoint } from '../checkpoint/open';
import { resolveCheckpoint } from '../checkpoint/resolve';
import { stampAt, type StampedFile } from '../storage/stamp';
import type { Checkpoint, TensorInfo } from '../checkpoint/types';
import { ADAPTER_CONFIG_NAME, adapterConfig, type AdapterConfig } from './adapterConfig';
import { liesWithin } from '../storage/withinFolders';
import { namedPlace } from './declaredBase';
import { withComputedWeights } from './compute';
import { withDecodedWeights } from '../quantized/decode';
import { adapterTensors, type AdapterTensors, type Halves } from './halves';
import { addToBase, standAlone, type Merged, type ScaledUpdate } from './merge';
import type { ModelTensor } from './types';

export interface Model {
  /** The checkpoint at the path. */
  checkpoint: Checkpoint;
  /** The base that an adapter is added to. */
  base: Checkpoint | null;
  /** What a result says about an adapter; null for any other checkpoint. */
  adapter: AdapterInfo | null;
  /** The tensors that the network is made of. */
  tensors: readonly ModelTensor[];
  /** Every stored tensor, the base's included; decoded weights stand in place of the tensors they are decoded from. */
  readable: readonly TensorInfo[];
  /** Stored tensors that are neither among `tensors` nor parts of them. */
  skipped: readonly SkippedTensor[];
  /** Tensor name → why this quantized weight of a known packing cannot be decoded. */
  undecodable: ReadonlyMap<string, string>;
  /** Every file that was read. */
  stamps: readonly StampedFile[];
  /** Which of several copies of the model is analyzed; undefined where nobody has chosen. */
  set: string | undefined;
  /** Identifies what is analyzed: the content of all files, the scales of updates, and the chosen copy. */
  fingerprint(): string;
  close(): void;
}

/**
 * The model that a checkpoint is or, with its base, makes. Closing the model closes the checkpoint.
 * @param onTensors called now and then with the number of the base's tensors found so far.
 * @param set which of several copies of the model to analyze.
 * @throws NeuroMfaError `unsupported` for adapters that cannot be added or do not fit their base; `usage` for a base
 *   of what is no adapter; as `openCheckpoint` for the base.
 */
export function modelOf(
  checkpoint: Checkpoint,
  base: BaseChoice,
  onTensors?: (count: number) => void,
  set?: string,
): Model {
  const tensors = adapterTensors(checkpoint.tensors, checkpoint.path);
  const model = tensors ? adapterModel(checkpoint, tensors, base, onTensors) : wholeModel(checkpoint, base);
  if (set === undefined) return model;
  const fingerprint = (): string => sha256({ model: model.fingerprint(), set });
  return { ...model, set, fingerprint };
}

/** In hexadecimal. */
function sha256(content: object): string {
  return createHash('sha256').update(JSON.stringify(content)).digest('hex');
}

function wholeModel(checkpoint: Checkpoint, base: BaseChoice): Model {
  // A base with an adapter in its folder is analyzed as the base.
  if (typeof base === 'string' && resolveCheckpoint(base) !== checkpoint.path) {
    throw new NeuroMfaError(
      'usage',
      checkpoint.path,
      `it is no low-rank adapter that could be added to the base ${base}`,
      'Leave the base out',
    );
  }
  return storedModel(checkpoint);
}

/** A checkpoint as it is stored, whatever it holds. */
export function storedModel(checkpoint: Checkpoint): Model {
  const { tensors, undecodable } = withDecodedWeights(checkpoint);
  return {
    checkpoint,
    base: null,
    adapter: null,
    tensors: withComputedWeights(tensors),
    readable: tensors,
    skipped: [],
    undecodable,
    stamps: checkpoint.stamps,
    set: undefined,
    fingerprint: () => checkpoint.fingerprint(),
    close: () => {
      checkpoint.close();
    },
  };
}

function adapterModel(
  checkpoint: Checkpoint,
  { updates, whole, skipped }: AdapterTensors,
  choice: BaseChoice,
  onTensors: ((count: number) => void) | undefined,
): Model {
  const configuration = stampAt(join(dirname(checkpoint.path), ADAPTER_CONFIG_NAME));
  const config = adapterConfig(checkpoint);
  const scales = updates.map((update) => scaleOf(update, config, checkpoint));
  const scaled = updates.map((update, i): ScaledUpdate => ({ ...update, scale: scales[i] ?? 1 }));
  const base = openBase(checkpoint, config, choice, onTensors);
  let merged: Merged;
  let undecodable: Model['undecodable'] = new Map();
  let ofBase: Model['readable'] = [];
  try {
    const decoded = base && withDecodedWeights(base);
    if (decoded) ({ undecodable, tensors: ofBase } = decoded);
    merged = base
      ? addToBase(
          scaled,
          whole,
          { path: base.path, config: base.config, tensors: decoded!.tensors },
          config.fanInFanOut,
          checkpoint.path,
        )
      : standAlone(scaled, whole);
  } catch (error) {
    base?.close();
    throw error;
  }
  const known = scales.filter((scale) => scale !== null);
  const ownFingerprint = checkpoint.fingerprint();
  const baseFingerprint = base?.fingerprint() ?? null;
  return {
    checkpoint,
    base,
    adapter: {
      updates: updates.length,
      rank: extent(updates.map(({ rank }) => rank)),
      scale: known.length < scales.length ? null : extent(known),
      base: base && { path: base.path, name: checkpointName(base.path), fingerprint: baseFingerprint! },
      baseName: config.baseName,
    },
    tensors: withComputedWeights(merged.tensors),
    readable: [...checkpoint.tensors, ...ofBase],
    skipped: [...skipped, ...merged.skipped],
    undecodable,
    stamps: [...checkpoint.stamps, configuration, ...(base?.stamps ?? [])],
    set: undefined,
    fingerprint: () => sha256({ ownFingerprint, baseFingerprint, scales, fanInFanOut: config.fanInFanOut }),
    close: () => {
      checkpoint.close();
      base?.close();
    },
  };
}

/**
 * α divided by the rank or by its root; null where α is not given.
 * @throws NeuroMfaError `unsupported` or `damaged` where it is not a positive number.
 */
function scaleOf(
  { layer, rank, alpha }: Halves,
  config: AdapterConfig,
  checkpoint: Checkpoint,
): number | null {
  if (alpha) {
    const value = readNumber(alpha, checkpoint);
    if (Number.isFinite(value) && value > 0) return value / rank;
    throw new NeuroMfaError(
      'unsupported',
      checkpoint.path,
      `${alpha.name} is ${value}, where the positive number is expected that scales the update of ${layer}`,
      'Save the adapter again',
    );
  }
  const scaling = config.scaling(layer);
  return scaling && scaling.alpha / { rank, root: Math.sqrt(rank), one: 1 }[scaling.by];
}

/** @throws NeuroMfaError `unsupported` where numbers of its type cannot be read. */
function readNumber(tensor: TensorInfo, checkpoint: Checkpoint): number {
  const bytes = new Uint8Array(DTYPE_BITS[tensor.dtype] / 8);
  checkpoint.read(tensor, 0, bytes);
  // PyTorch stores a Python int as an integer.
  if (tensor.dtype === 'I64') return Number(new DataView(bytes.buffer).getBigInt64(0, true));
  return elementReader(tensor.dtype, bytes)(0);
}

function openBase(
  checkpoint: Checkpoint,
  { baseName }: AdapterConfig,
  choice: BaseChoice,
  onTensors: ((count: number) => void) | undefined,
): Checkpoint | null {
  const chosen = typeof choice === 'string';
  const path = chosen ? choice : declaredBase(checkpoint.path, baseName, choice?.within ?? []);
  if (path === null) return null;
  const base = openOther(path, !chosen, onTensors);
  try {
    if (base.path === checkpoint.path || adapterTensors(base.tensors, base.path)) {
      throw new NeuroMfaError(
        'unsupported',
        base.path,
        'it is an adapter, and no base of one',
        'Choose the model that the adapter was trained on as its base',
      );
    }
    // Rows of an update would be added to other rows of the weight.
    if (base.format === gguf.id) {
      throw new NeuroMfaError(
        'unsupported',
        base.path,
        'a GGUF file is no base of an adapter: its converter has renamed the weights and put the rows of queries and keys in another order',
        'Choose the model from which it was converted as the base, such as that in safetensors',
      );
    }
  } catch (error) {
    base.close();
    throw error;
  }
  return base;
}

/** The base that the adapter at `path` names, where that and the file in it lie in `folders`. */
function declaredBase(path: string, baseName: string | null, folders: readonly string[]): string | null {
  if (baseName === null) return null;
  const place = namedPlace(path, baseName);
  if (!liesWithin(place, folders)) return null;
  let file: string;
  try {
    file = resolveCheckpoint(place);
  } catch {
    // Opening it will say why.
    return place;
  }
  return liesWithin(file, folders) ? place : null;
}

/** @param declared whether the adapter itself names this base: a user who has not asked for it can do without it. */
function openOther(
  path: string,
  declared: boolean,
  onTensors: ((count: number) => void) | undefined,
): Checkpoint {
  try {
    return openCheckpoint(path, onTensors);
  } catch (error) {
    if (!declared || !(error instanceof NeuroMfaError)) throw error;
    const { code, subject, cause, nextStep } = error.data;
    throw new NeuroMfaError(
      code,
      subject,
      `the base that adapter_config.json names cannot be used: ${cause}`,
      `${nextStep}, or choose another base or none`,
    );
  }
}

/** The least and the greatest value. */
function extent(values: readonly number[]): [number, number] {
  return values.reduce<[number, number]>(
    ([least, most], value) => [Math.min(least, value), Math.max(most, value)],
    [Infinity, -Infinity],
  );
}
