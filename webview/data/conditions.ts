/** What α₀, w and E depend on besides the weights. */
import type { AnalysisSettings, CheckpointInfo } from '../../src/protocol/analysis';

/** The settings that must agree; more samples or other seeds tell the same, more or less exactly. */
export function settingsConditions(settings: AnalysisSettings): string {
  const { mode, neurons, threshold, transfer, scaleFree, subset, q } = settings;
  return JSON.stringify([mode, neurons, threshold, transfer, scaleFree, subset, q]);
}

/** The network, as far as raw α₀ and w depend on it: they do on the widths of its layers. */
export const networkConditions = ({ architecture, parameters }: CheckpointInfo): string =>
  `${architecture} ${parameters}`;
