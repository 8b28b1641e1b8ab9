/**
 * Finds the tensors of a low-rank adapter by their names: PEFT's `lora_A`/`lora_B`, diffusers' `lora.down`/`lora.up`,
 * kohya's `lora_down`/`lora_up` with `alpha`, torchtune's `lora_a.weight`/`lora_b.weight`, Megatron Bridge's and NeMo's
 * `adapter.linear_in`/`adapter.linear_out`, and mlx-lm's `lora_a`/`lora_b`, which are stored the other way around:
 * [sources, rank] and [rank, targets].
 */
import type { SkippedTensor } from '../../protocol/analysis';
import { NeuroMfaError } from '../../protocol/errors';
import { shortened } from '../../protocol/visible';
import { isDecodable } from '../checkpoint/dtype';
import type { TensorInfo } from '../checkpoint/types';
import { shapeText } from '../network/misfit';
import { layerPath, naturalKey } from '../network/names';
import { because } from '../network/reasons';

const DOWN =
  /^(.*?)\.?(?:lora_[Aa](?:\.[^.]+)?|lora_down|lora\d*\.down|lora_linear_layer\.down|adapter\.linear_in)$/;
const UP =
  /^(.*?)\.?(?:lora_[Bb](?:\.[^.]+)?|lora_up|lora\d*\.up|lora_linear_layer\.up|adapter\.linear_out)$/;
/**
 * Older diffusers stored the update of `attn.to_q` as `attn.processor.to_q_lora`, and that of `to_out.0` as
 * `to_out_lora`.
 */
const PROCESSOR = /\.processor\.(to_[qkv]|to_out)_$/;

/**
 * Matches some word that every adapter's names have: a quick way to tell that a model's half a million names are no
 * adapter.
 */
const SIGN =
  /lora\d*[._]|hada_w|lokr_w|oft_|vera_|ia3_l|dora_|adapter\.linear_|adapter_(?:down|up)|bone_|miss_|fourierft_|vblora_|hra_u|c3a_|shira_|road_|waveft_|delora_|randlora_/;

/**
 * Two layers with a nonlinearity between them, which the library `adapters` inserts into a model. They update no
 * weight.
 */
const BOTTLENECK = /(^|\.)adapter_(down|up)(\.\d+)?$/;

/** Tensors of adapters whose update is not B · A, or not B · A alone. */
const VARIANTS: readonly (readonly [name: string, pattern: RegExp])[] = [
  ['DoRA', /(^|\.)(lora_magnitude_vector(\.[^.]+)?|dora_scale)$/],
  ['AdaLoRA', /(^|\.)lora_E(\.[^.]+)?$/],
  ['LoHa', /(^|\.)hada_w[12]_[ab](\.[^.]+)?$/],
  ['LoKr', /(^|\.)lokr_w[12](_[ab])?(\.[^.]+)?$/],
  ['OFT', /(^|\.)(oft_[rR]|oft_blocks|oft_diag|boft_[RrSs])(\.[^.]+)?$/],
  ['VeRA', /(^|\.)vera_lambda_[bd](\.[^.]+)?$/],
  ['IA³', /(^|\.)ia3_l(\.[^.]+)?$/],
  ['Bone or MiSS', /(^|\.)(bone|miss)_block(\.[^.]+)?$/],
  ['FourierFT or WaveFT', /(^|\.)(fourierft|waveft)_spectrum(\.[^.]+)?$/],
  ['VB-LoRA', /(^|\.)vblora_(logits_[AB]|vector_bank)(\.[^.]+)?$/],
  ['RandLoRA', /(^|\.)randlora_(lambda|gamma|[AB])(\.[^.]+)?$/],
  ['HRA', /(^|\.)hra_u(\.[^.]+)?$/],
  ['C³A', /(^|\.)c3a_kernel(\.[^.]+)?$/],
  ['SHiRA', /(^|\.)shira_weight(\.[^.]+)?$/],
  ['RoAd', /(^|\.)road_(theta|alpha)(\.[^.]+)?$/],
  ['DeLoRA', /(^|\.)delora_(lambda|[AB])(\.[^.]+)?$/],
  ['GraLoRA', /(^|\.)gralora_[AB](\.[^.]+)?$/],
  ['a difference that is stored whole', /(^|\.)diff(_b)?$/],
  ['a Tucker decomposition', /(^|\.)(lora_mid|lora_t[12])$/],
];
const EMBEDDING = /(^|\.)lora_embedding_[AB](\.[^.]+)?$/;
const HALF = /(^|\.)(lora_([ABab]|up|down)|lora\d*\.(up|down))/;

/** The two halves of one layer's update. */
export interface Halves {
  /** Path of the adapted layer, as far as the names give it. */
  layer: string;
  a: TensorInfo;
  b: TensorInfo;
  rank: number;
  /** One number for a linear layer; a convolution's kernel sizes follow. */
  sources: readonly number[];
  targets: number;
  /** A is stored [sources, rank] and B [rank, targets], instead of [rank, sources, …] and [targets, rank]. */
  byNeuron: boolean;
  /** The tensor that holds α: α divided by the rank is the scale. */
  alpha: TensorInfo | null;
}

export interface AdapterTensors {
  /** In natural order of the layers. */
  updates: readonly Halves[];
  /** Tensors stored whole: layers that were trained in addition to the adapter. */
  whole: readonly TensorInfo[];
  skipped: readonly SkippedTensor[];
}

/**
 * @param subject the checkpoint, for messages.
 * @returns null where the tensors are no adapter, or belong to a model with an adapter inside.
 * @throws NeuroMfaError `unsupported` for halves that do not fit, and for adapters of other kinds.
 */
export function adapterTensors(tensors: readonly TensorInfo[], subject: string): AdapterTensors | null {
  if (!tensors.some(({ name }) => SIGN.test(name))) return null;
  const downs = new Map<string, TensorInfo>();
  const ups = new Map<string, TensorInfo>();
  const variants = new Map<string, { kind: string; tensor: TensorInfo }>();
  const others = new Map<string, TensorInfo>();
  const skipped: SkippedTensor[] = [];
  const twice: [TensorInfo, TensorInfo, string][] = [];
  const add = (halves: Map<string, TensorInfo>, layer: string, tensor: TensorInfo): void => {
    const before = halves.get(layer);
    if (before) twice.push([before, tensor, layer]);
    else halves.set(layer, tensor);
  };
  for (const tensor of tensors) {
    const path = layerPath(tensor.name);
    const [down, up] = tensor.shape.length < 2 ? [null, null] : [DOWN.exec(path), UP.exec(path)];
    const variant = VARIANTS.find(([, pattern]) => pattern.test(path));
    // Must come before the halves, whose names some of these end in: randlora_A.
    if (variant) variants.set(path.replace(variant[1], ''), { kind: variant[0], tensor });
    else if (down) add(downs, layerOf(down[1]!), tensor);
    else if (up) add(ups, layerOf(up[1]!), tensor);
    else if (EMBEDDING.test(path)) skipped.push({ tensor: tensor.name, reason: because('embedding-update') });
    else if (path.endsWith('.bias') && HALF.test(path))
      skipped.push({ tensor: tensor.name, reason: because('bias') });
    else others.set(path, tensor);
  }
  const layers = [...new Set([...downs.keys(), ...ups.keys()])];
  // With the adapted layers in the same file, this is a model that contains an adapter.
  const isHere = (layer: string): boolean =>
    ['', '.linear', '.to_wrap'].some((own) => others.has(layer + own));
  const bottleneck = [...others.values()].find(({ name }) => BOTTLENECK.test(layerPath(name)));
  if (bottleneck) {
    const [inside, whole] = [true, false].map(
      (is) =>
        [...others].filter(([path, { shape }]) => shape.length > 1 && BOTTLENECK.test(path) === is).length,
    );
    if (whole! > inside!) return null;
    throw new NeuroMfaError(
      'unsupported',
      subject,
      `it holds bottleneck adapters (by ${shortened(bottleneck.name)}): two layers with a nonlinearity between them, which update no weight`,
      'Analyze the whole model, saved with these adapters in it or without',
    );
  }
  if ([...layers, ...variants.keys()].some(isHere)) return null;
  const experts = layers.find((layer) => /(^|\.)experts$/.test(layer));
  if (experts !== undefined) {
    const { name } = (downs.get(experts) ?? ups.get(experts))!;
    throw fusedExperts(subject, `${shortened(name)}, as target_parameters of PEFT make it`);
  }
  // The magnitudes of mlx-lm.
  const magnitude = layers.map((layer) => others.get(`${layer}.m`)).find((each) => each !== undefined);
  if (magnitude) throw otherKind(subject, 'DoRA', magnitude.name);
  const [variant] = variants.values();
  if (variant) throw otherKind(subject, variant.kind, variant.tensor.name);
  if (layers.length === 0) return null;
  const [first] = twice;
  if (first) {
    const [one, other] = first.slice(0, 2).map((tensor) => shortened((tensor as TensorInfo).name));
    throw misfit(subject, `${one!} and ${other!} both update ${shortened(first[2])}`);
  }
  const updates = layers.map((layer): Halves => {
    const alpha = others.get(`${layer}.alpha`) ?? null;
    if (alpha) {
      if (alpha.shape.some((size) => size !== 1))
        throw misfit(subject, `${shortened(alpha.name)} is not one number`);
      others.delete(`${layer}.alpha`);
      skipped.push({ tensor: alpha.name, reason: because('update-scale') });
    }
    return { layer, ...halves(downs.get(layer), ups.get(layer), subject), alpha };
  });
  return { updates: naturally(updates), whole: [...others.values()], skipped };
}

/** An adapter whose update is not B · A. */
export function otherKind(subject: string, kind: string, evidence: string): NeuroMfaError {
  return new NeuroMfaError(
    'unsupported',
    subject,
    `it is an adapter of another kind (${shortened(kind)}, by ${shortened(evidence)}), whose update is not the product of two low-rank halves`,
    'Merge it into its base with the program that made it, and analyze the merged model',
  );
}

/** The updates of all experts of a block in one pair of halves, which PEFT's `target_parameters` makes. */
export function fusedExperts(subject: string, evidence: string): NeuroMfaError {
  return new NeuroMfaError(
    'unsupported',
    subject,
    `it updates fused experts (by ${evidence}): one pair of halves holds the updates of all experts of a block, which are not taken apart here`,
    'Merge it into its base with the program that made it (PEFT: merge_and_unload), and analyze the merged model',
  );
}

function layerOf(path: string): string {
  return path.replace(PROCESSOR, (_, layer: string) => (layer === 'to_out' ? '.to_out.0' : `.${layer}`));
}

function halves(
  a: TensorInfo | undefined,
  b: TensorInfo | undefined,
  subject: string,
): Omit<Halves, 'layer' | 'alpha'> {
  if (!a || !b) throw misfit(subject, `${shortened((a ?? b)!.name)} has no other half`);
  const empty = [a, b].find(({ shape }) => shape.includes(0));
  if (empty) throw misfit(subject, `${shortened(empty.name)} is empty: shape ${shapeText(empty.shape)}`);
  const unread = [a, b].find(({ dtype }) => !isDecodable(dtype));
  if (unread)
    throw misfit(subject, `values of type ${unread.dtype} cannot be read (${shortened(unread.name)})`);
  const mlx = a.name.endsWith('lora_a');
  if (mlx && a.shape.length === 3) throw fusedExperts(subject, shortened(a.name));
  const byNeuron = mlx && a.shape[1] === b.shape[0];
  if (!byNeuron && b.shape[1] !== a.shape[0]) {
    throw misfit(
      subject,
      `${shortened(a.name)} has rank ${a.shape[0]!} and ${shortened(b.name)} has rank ${b.shape[1]!}`,
    );
  }
  if (b.shape.slice(2).some((size) => size !== 1)) {
    throw misfit(
      subject,
      `${shortened(b.name)} has shape ${shapeText(b.shape)}, a kernel where a matrix is expected`,
    );
  }
  return byNeuron
    ? { a, b, rank: a.shape[1]!, sources: [a.shape[0]!], targets: b.shape[1]!, byNeuron }
    : { a, b, rank: a.shape[0]!, sources: a.shape.slice(1), targets: b.shape[0]!, byNeuron };
}

function misfit(subject: string, cause: string): NeuroMfaError {
  return new NeuroMfaError(
    'unsupported',
    subject,
    `it looks like a low-rank adapter, but ${cause}`,
    'Check that it is complete and holds one adapter, saved with its original tensor names',
  );
}

function naturally(updates: readonly Halves[]): Halves[] {
  return updates
    .map((each) => ({ each, key: naturalKey(each.layer) }))
    .sort((x, y) => (x.key < y.key ? -1 : 1))
    .map(({ each }) => each);
}
