/** What α₀, w and E depend on besides the weights. */
import type { AnalysisResult, AnalysisSettings, CheckpointInfo } from '../../src/protocol/analysis';
import type { RunMeasure } from '../../src/protocol/run';

/** The settings that must agree; more samples or other seeds give the same, more or less exactly. */
export function settingsConditions(settings: AnalysisSettings): string {
  const { mode, neurons, draws, threshold, transfer, scaleFree, radii, subset, q } = settings;
  return JSON.stringify([mode, neurons, draws ?? null, threshold, transfer, scaleFree, radii, subset, q]);
}

/** The network, as far as raw α₀ and w depend on it: they do on the widths of its layers. */
export const networkConditions = ({ network, checkpoint }: AnalysisResult): string =>
  JSON.stringify(network.structure ?? formerConditions(checkpoint));

/** The same of the checkpoints of a run. */
export const measuredNetwork = ({ network, checkpoint }: RunMeasure): string =>
  network ?? formerConditions(checkpoint);

/** Of results that do not name their structure. */
const formerConditions = ({ architecture, parameters }: CheckpointInfo): string =>
  `${architecture} ${parameters}`;
