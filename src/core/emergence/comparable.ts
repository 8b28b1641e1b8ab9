/** Whether raw α₀ and w of two results may be compared: they depend on k, T, q and the network's fan-out. */
import type { AnalysisResult, AnalysisSettings, CheckpointInfo } from '../../protocol/analysis';

/** The obstacle in words, or null. */
export function whyNotComparable(result: AnalysisResult, baseline: AnalysisResult): string | null {
  if (!sameSettings(result.settings, baseline.settings)) return 'the baseline has other settings';
  if (result.version.algorithm !== baseline.version.algorithm)
    return 'the baseline was analysed by another version of the algorithm';
  if (shapeOf(result) !== shapeOf(baseline)) return 'the baseline is another network';
  if (!sameBase(result.checkpoint, baseline.checkpoint)) return 'the baseline has another base';
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
  if (baseline.synthetic !== null || !(result.adapter ?? baseline.adapter)) return true;
  const base = ({ adapter, fingerprint }: CheckpointInfo): string | undefined =>
    adapter ? adapter.base?.fingerprint : fingerprint;
  return base(result) === base(baseline);
}
