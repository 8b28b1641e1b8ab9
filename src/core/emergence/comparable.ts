/** Whether raw α₀ and w of two results may be compared: they depend on k, T, q and the network's fan-out. */
import type { AnalysisResult, AnalysisSettings, CheckpointInfo } from '../../protocol/analysis';
import type { Fact } from '../../protocol/facts';
import { areStored } from '../../protocol/weights';

/** The obstacle, or null. */
export function whyNotComparable(result: AnalysisResult, baseline: AnalysisResult): Fact | null {
  if (!sameSettings(result.settings, baseline.settings)) return { code: 'baseline-settings' };
  if (result.version.algorithm !== baseline.version.algorithm) return { code: 'baseline-algorithm' };
  if (shapeOf(result) !== shapeOf(baseline)) return { code: 'baseline-network' };
  if (!sameBase(result.checkpoint, baseline.checkpoint)) return { code: 'baseline-base' };
  return null;
}

export function sameSettings(a: AnalysisSettings, b: AnalysisSettings): boolean {
  const keys = Object.keys({ ...a, ...b }) as (keyof AnalysisSettings)[];
  return keys.every((key) => JSON.stringify(a[key]) === JSON.stringify(b[key]));
}

/** Sampled counts alone would not tell two widths apart: the parameters do. */
function shapeOf({ checkpoint, network }: AnalysisResult): string {
  const { projections, blocks, sources, edges } = network;
  return [checkpoint.architecture, checkpoint.parameters, projections, blocks, sources, edges].join(' ');
}

/** Adapters are compared on one base, or with that base itself; drawn weights have none. */
function sameBase(result: CheckpointInfo, baseline: CheckpointInfo): boolean {
  if (!areStored(baseline.weights) || !(result.adapter ?? baseline.adapter)) return true;
  const base = ({ adapter, fingerprint }: CheckpointInfo): string | undefined =>
    adapter ? adapter.base?.fingerprint : fingerprint;
  return base(result) === base(baseline);
}
