/**
 * Leaves out what is no layer before any reading. Every tensor is examined together with its siblings: whatever the
 * format says is no layer, the state of an optimizer, a copy, an alias, part of a computed weight, or quantized is left
 * out with that reason.
 */
import type { SkippedTensor } from '../../../protocol/analysis';
import { NeuroMfaError } from '../../../protocol/errors';
import { factText } from '../../../protocol/factWords';
import type { Fact } from '../../../protocol/facts';
import { shortened } from '../../../protocol/visible';
import { withoutRows, type TensorIndex } from '../names';
import { because, holdsWeights, outsideReason } from '../reasons';
import type { ArchitectureView, TensorShape } from '../types';
import { aliasReasons } from './aliases';
import { leaveOutCopies } from './copies';
import { optimizerFault, optimizerState } from './optimizer';
import { METHOD, parametrizedFault, parametrizedWeights } from './parametrized';
import { refusePlaceholders } from './placeholders';
import { quantizedFault, quantizedWeights } from './quantized';
import { leaveOutSets } from './sets';

export interface Sieved {
  /** The tensors that networks are read from. */
  rest: TensorIndex;
  skipped: SkippedTensor[];
  /** Weights that the network lacks, and the error where too little is left without them. */
  lost: readonly { weights: readonly TensorShape[]; fault: NeuroMfaError }[];
  warnings: Fact[];
}

/**
 * @param subject the checkpoint, for messages.
 * @throws NeuroMfaError `unsupported` for placeholders, flattened weights, and where there is nothing but the state
 *   of an optimizer; `usage` for a set of weights that does not exist.
 */
export function sieve(
  index: TensorIndex,
  { config, set, undecodable }: ArchitectureView,
  subject: string,
): Sieved {
  refusePlaceholders(index.all, subject);
  const { reasons, warnings } = siblingReasons(index, set, subject);
  let rest = without(index, reasons);
  const moments = index.all.filter(({ row }) => reasons.get(row)?.code === 'optimizer-state');
  if (moments.length > 0 && !rest.all.some(({ tensor }) => holdsWeights(tensor)))
    throw optimizerFault(subject, moments.length, moments[0]!.tensor.name);
  const lost = [];
  const unread = index.all.filter(({ tensor }) => tensor.use?.code === 'unread-operation');
  if (unread.length > 0)
    lost.push({
      weights: unread.map(({ tensor }) => tensor),
      fault: unreadFault(unread[0]!.tensor, subject),
    });
  const parametrized = parametrizedOf(rest);
  if (parametrized) {
    for (const [row, reason] of parametrized.reasons) reasons.set(row, reason);
    const weights = parametrized.lost;
    if (weights.length > 0)
      lost.push({
        weights,
        fault: parametrizedFault(weights, reasons.get(index.rows.get(weights[0]!.name)!)!, subject),
      });
    rest = without(rest, parametrized.reasons);
  }
  const quantized = quantizedWeights(rest.all);
  if (quantized) {
    for (const [row, reason] of quantized.reasons) reasons.set(row, reason);
    const { weights } = quantized;
    const fault = weights.length > 0 && quantizedFault(quantized, config, subject, undecodable);
    // Something is wrong with the file: the remaining tensors are not used.
    if (fault && weights.some(({ name }) => undecodable?.has(name))) throw fault;
    if (fault) lost.push({ weights, fault });
    rest = without(rest, quantized.reasons);
  }
  return { rest, skipped: skippedIn(index, reasons), lost, warnings };
}

/** The error where too little is left without such weights. */
function unreadFault({ name, use }: TensorShape, subject: string): NeuroMfaError {
  return new NeuroMfaError(
    'unsupported',
    subject,
    `its weights are in a form that is not read, such as ${shortened(name)} (${factText(use!)})`,
    'Use the model that it was made from, before it was quantized or optimized',
  );
}

/** What is left out, and why, where no network is made. */
export function sieveReasons(index: TensorIndex): ReadonlyMap<number, Fact> {
  const { reasons } = siblingReasons(index, undefined, '');
  const rest = without(index, reasons);
  const parametrized = parametrizedOf(rest)?.reasons ?? [];
  const quantized = quantizedWeights(rest.all)?.reasons ?? [];
  return new Map([...quantized, ...parametrized, ...reasons]);
}

function siblingReasons(
  { all }: TensorIndex,
  set: string | undefined,
  subject: string,
): { reasons: Map<number, Fact>; warnings: Fact[] } {
  const reasons = new Map(optimizerState(all).map((row) => [row, because('optimizer-state')]));
  for (const { tensor, row } of all) if (tensor.use) reasons.set(row, tensor.use);
  const sets = leaveOutSets(all, set);
  for (const [row, reason] of sets.reasons) reasons.set(row, reason);
  const models = reasons.size === 0 ? all : all.filter(({ row }) => !reasons.has(row));
  const copies = leaveOutCopies(models, sets.isChosen ? undefined : set, subject, sets.names);
  for (const [row, reason] of [...copies.reasons, ...aliasReasons(models)]) reasons.set(row, reason);
  return { reasons, warnings: [sets.warning, copies.warning].filter((each) => each !== null) };
}

/** By row. */
function parametrizedOf(
  index: TensorIndex,
): { reasons: Map<number, Fact>; lost: readonly TensorShape[] } | null {
  const found = parametrizedWeights(index.all.map(({ tensor }) => tensor));
  if (!found) return null;
  const rowOf = (tensor: TensorShape): number => index.rows.get(tensor.name)!;
  const reasons = new Map<number, Fact>();
  for (const [tensor, reason] of found.reasons)
    reasons.set(rowOf(tensor), (isInBlock(tensor) ? null : outsideReason(tensor.name)) ?? reason);
  // A caller that reads only names and shapes does not compute them.
  for (const { of, by, kind } of found.computed) {
    const reason: Fact = { code: 'parametrized', method: METHOD[kind] };
    reasons.set(rowOf(of), reason).set(rowOf(by), reason);
  }
  return {
    reasons,
    lost: [...found.lost, ...found.computed.map(({ of }) => of)].filter(
      (tensor) => reasons.get(rowOf(tensor))?.code === 'parametrized',
    ),
  };
}

function isInBlock({ name }: TensorShape): boolean {
  return /(^|\.)\d+\./.test(name);
}

function without(index: TensorIndex, reasons: ReadonlyMap<number, Fact>): TensorIndex {
  if (reasons.size === 0) return index;
  const out = new Uint8Array(index.rows.size);
  for (const row of reasons.keys()) out[row] = 1;
  return withoutRows(index, out);
}

function skippedIn({ all }: TensorIndex, reasons: ReadonlyMap<number, Fact>): SkippedTensor[] {
  return all.flatMap(({ tensor, row }) => {
    const reason = reasons.get(row);
    return reason ? [{ tensor: tensor.name, reason }] : [];
  });
}
