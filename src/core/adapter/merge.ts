/** Makes the tensors of a model from the tensors of an adapter. */
import type { SkippedTensor } from '../../protocol/analysis';
import { NeuroMfaError } from '../../protocol/errors';
import type { Fact } from '../../protocol/facts';
import { shortened } from '../../protocol/visible';
import { DECODABLE_DTYPES, isDecodable } from '../checkpoint/dtype';
import type { Checkpoint, TensorInfo } from '../checkpoint/types';
import { shapeText } from '../network/misfit';
import { indexTensors, layerPath } from '../network/names';
import { packingText, quantizedWeights } from '../network/sieve/quantized';
import { because, outsideReason } from '../network/reasons';
import type { Halves } from './halves';
import { KOHYA, matchLayers, type Match } from './match';
import type { ModelTensor } from './types';

/** One layer's update and its scale. */
export interface ScaledUpdate extends Halves {
  scale: number;
}

export interface Merged {
  tensors: readonly ModelTensor[];
  skipped: readonly SkippedTensor[];
}

/** Makes every update a tensor [targets, sources, …] of its own, with the name of its layer. */
export function standAlone(updates: readonly ScaledUpdate[], whole: readonly TensorInfo[]): Merged {
  return {
    tensors: updates.map(({ layer, a, b, rank, scale, sources, targets, byNeuron }) => ({
      file: a.file,
      offset: a.offset,
      bytes: a.bytes,
      name: `${dotted(layer)}.weight`,
      dtype: 'F64',
      shape: [targets, ...sources],
      update: { a, b, rank, scale, byNeuron, base: null, turned: false },
    })),
    skipped: whole.map(({ name }) => ({ tensor: name, reason: because('stored-whole') })),
  };
}

/** kohya writes underscores for the dots of a path; those around numbers separate blocks. */
function dotted(layer: string): string {
  const kohya = KOHYA.exec(layer);
  if (!kohya) return layer;
  const path = layer.slice(kohya[0].length);
  return `${kohya[1]!}.${path.replace(/_(\d+)(?=_|$)/g, '.$1').replace(/(\.\d+)_/g, '$1.')}`;
}

/** A base, with its quantized weights decoded. */
export type Base = Pick<Checkpoint, 'path' | 'config' | 'tensors'>;

/**
 * The base's tensors with the adapter's updates. Tensors that the adapter stores whole replace those of the base.
 * @param subject the adapter, for messages. @param fanInFanOut whether its configuration says that layers are stored
 *   [in, out].
 * @throws NeuroMfaError `unsupported` where an update matches no tensor of the base, or does not fit it.
 */
export function addToBase(
  updates: readonly ScaledUpdate[],
  whole: readonly TensorInfo[],
  base: Base,
  fanInFanOut: boolean,
  subject: string,
): Merged {
  const changed = new Map<string, ModelTensor>();
  const skipped: SkippedTensor[] = [];
  const matches = matchLayers(
    updates.map(({ layer }) => layer),
    base.tensors,
  );
  for (const [i, update] of updates.entries()) {
    const match = matches[i]!;
    if ('tensor' in match) {
      changed.set(match.tensor.name, updated(match.tensor, update, base, fanInFanOut, subject));
      continue;
    }
    const reason = whyDispensable(update.layer, match);
    if (reason === null) throw quantizedBase(base, subject) ?? unmatched(update, match, base, subject);
    skipped.push({ tensor: update.a.name, reason }, { tensor: update.b.name, reason });
  }
  const added: ModelTensor[] = [];
  const places = matchLayers(
    whole.map(({ name }) => layerPath(name)),
    base.tensors,
  );
  for (const [i, tensor] of whole.entries()) {
    const place = places[i]!;
    if (tensor.shape.length < 2 || !('tensor' in place)) added.push(tensor);
    else {
      const { name } = place.tensor;
      changed.set(name, { ...tensor, name });
      skipped.push({ tensor: tensor.name, reason: { code: 'replaces', tensor: name } });
    }
  }
  return {
    tensors: [...base.tensors.map((tensor) => changed.get(tensor.name) ?? tensor), ...added],
    skipped,
  };
}

function updated(
  tensor: TensorInfo,
  { a, b, rank, scale, byNeuron, ...update }: ScaledUpdate,
  baseModel: Base,
  fanInFanOut: boolean,
  subject: string,
): ModelTensor {
  const { path } = baseModel;
  const [first = 0, ...rest] = tensor.shape;
  const inner = product(rest);
  const [targets, sources] = [update.targets, product(update.sources)];
  const straight = first === targets && inner === sources;
  const turned = rest.length === 1 && first === sources && inner === targets;
  if ((!straight && !turned) || !isDecodable(tensor.dtype)) {
    const fault = quantizedBase(baseModel, subject);
    if (fault) throw fault;
  }
  if (!straight && !turned) {
    throw new NeuroMfaError(
      'unsupported',
      subject,
      `${shortened(a.name)} and ${shortened(b.name)} make an update of shape ${shapeText([targets, sources])}, which does not fit ${shortened(tensor.name)} of the base ${path}, of shape ${shapeText(tensor.shape)}`,
      'Choose the model that the adapter was trained on as its base',
    );
  }
  if (!isDecodable(tensor.dtype)) {
    throw new NeuroMfaError(
      'unsupported',
      path,
      `values of ${shortened(tensor.name)} are of type ${tensor.dtype}, to which no update can be added`,
      `Choose the base in one of ${DECODABLE_DTYPES.join(', ')}`,
    );
  }
  const { recipe, ...named } = tensor;
  return {
    ...named,
    // A computed tensor has no bytes of its own; the position of its A distinguishes it from tensors that share the
    // base's values.
    file: a.file,
    offset: a.offset,
    dtype: 'F64',
    update: {
      a,
      b,
      rank,
      scale,
      byNeuron,
      base: tensor,
      turned: turned && straight && !fanInFanOut ? null : turned,
    },
  };
}

/** Why nothing can be added to a base with quantized weights; null for any other base. */
function quantizedBase({ path, tensors, config }: Base, subject: string): NeuroMfaError | null {
  const quantized = quantizedWeights(indexTensors(tensors).all);
  if (!quantized || quantized.weights.length === 0) return null;
  return new NeuroMfaError(
    'unsupported',
    subject,
    `its base ${path} is quantized (${packingText(quantized, config)}), and an update cannot be added to values that cannot be read`,
    'Use the edition of the base in float16, bfloat16 or float32 (--base PATH), or none (--base none)',
  );
}

type NoMatch = Exclude<Match, { tensor: TensorInfo }>;

/** Why the network does not need a layer that the base lacks; null where it may need it. */
function whyDispensable(layer: string, match: NoMatch): Fact | null {
  if ('elsewhere' in match) return { code: 'update-elsewhere', part: match.elsewhere };
  // An output head that is tied to the embedding has no tensor of its own.
  const inBlock = /(^|[._])\d+([._]|$)/.test(layer);
  return inBlock || match.candidates.length > 0 ? null : outsideReason(layer);
}

function unmatched({ a, b }: ScaledUpdate, match: NoMatch, { path }: Base, subject: string): NeuroMfaError {
  const names = `${shortened(a.name)} and ${shortened(b.name)}`;
  const candidates = 'candidates' in match ? match.candidates : [];
  return new NeuroMfaError(
    'unsupported',
    subject,
    candidates.length === 0
      ? `${names} match no tensor of the base ${path}`
      : `${names} match several tensors of the base ${path}: ${candidates
          .slice(0, 4)
          .map((name) => shortened(name))
          .join(', ')}`,
    'Choose the model that the adapter was trained on as its base',
  );
}

function product(sizes: readonly number[]): number {
  return sizes.reduce((all, size) => all * size, 1);
}
