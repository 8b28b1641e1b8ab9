/**
 * E over the neurons that are nodes at both ends. A common factor of all weights moves edges past the threshold and so
 * changes which neurons count: α₀ and w over all nodes of each end then compare different neurons.
 *
 * Each end is analyzed once more, with the other one as the subject's `common`: a worker counts the same sources of
 * that network first, and removes the edges of neurons that are not nodes there from the counts before they are folded.
 */
import type { AnalysisResult, AnalysisSettings } from '../../protocol/analysis';
import type { Fact } from '../../protocol/facts';
import { allOrNone } from '../mapInTurn';
import { whyNoEmergence } from './emergence';
import type { End, RunResult } from './runResult';

/** E of full networks has no interval, so a difference larger than this share of E is reported. */
const MAX_SHARE = 0.05;
const MAX_DIFFERENCE = 0.002;

/**
 * The point with both ends analyzed over their common neurons; unchanged where it is the baseline itself or has no E
 * with it.
 * @param analyze analyzes with the other end as the subject's `common`; null where that failed and has been reported.
 * @param together whether to analyze both ends at the same time.
 */
export async function withCommonNeurons(
  point: RunResult,
  reference: RunResult,
  analyze: (end: End, settings: AnalysisSettings) => Promise<AnalysisResult | null>,
  together = false,
): Promise<RunResult> {
  const [own, other] = [point.result, reference.result];
  if (own === other || whyNoEmergence(own, other)) return point;
  if (allAreNodes(own) && allAreNodes(other)) return { ...point, common: { now: own, baseline: other } };
  const settings = { now: overNodesOf(other, own), baseline: overNodesOf(own, other) };
  const ends = await allOrNone(['now', 'baseline'] as const, together, (end) => analyze(end, settings[end]));
  return { ...point, common: ends && { now: ends[0]!, baseline: ends[1]! } };
}

const overNodesOf = ({ checkpoint }: AnalysisResult, { settings }: AnalysisResult): AnalysisSettings => ({
  ...settings,
  nulls: null,
  common: checkpoint.fingerprint,
});

const allAreNodes = ({ samples }: AnalysisResult): boolean =>
  samples.every(({ nodesDropped }) => nodesDropped === 0);

/** The warning that E depends on which neurons it is over; null where it does not. */
export function commonWarning(
  points: readonly { emergence: { value: number | null }; common?: CommonEmergence }[],
): Fact | null {
  const others = points.filter(({ emergence: { value }, common }) => {
    const all = common?.all;
    if (value === null || all?.value == null) return false;
    const [least, most] = all.ci95 ?? around(all.value);
    return value < least || value > most;
  }).length;
  return others === 0 ? null : { code: 'common-differs', others, of: points.length };
}

interface CommonEmergence {
  all: { value: number | null; ci95: [number, number] | null };
}

function around(value: number): [number, number] {
  const most = Math.max(MAX_DIFFERENCE, MAX_SHARE * Math.abs(value));
  return [value - most, value + most];
}
