/**
 * What the runs of a panel tell together; computed again only where numbers change, because it tries thousands of
 * permutations.
 */
import { acrossRuns } from '../../core/metrics/correlations';
import { visibleOf } from '../../protocol/looks';
import { MAX_ACROSS, type AcrossRuns } from '../../protocol/metrics';
import type { Run } from '../../protocol/trends';

export class AcrossShown {
  #key = '';
  #found: AcrossRuns | null = null;

  /** For the runs that are not hidden. */
  of(runs: readonly Run[]): AcrossRuns | null {
    const series = visibleOf(runs).flatMap(({ run }) => run.series ?? []);
    const key = JSON.stringify(
      series.map(({ run, points, metrics }) => [
        run.name,
        points.map(({ step, emergence, alpha0, width, beyond }) => [
          ...[step, emergence.value, alpha0.mean, width.mean, beyond?.width.value],
        ]),
        metrics?.values,
      ]),
    );
    if (key !== this.#key) this.#found = acrossRuns(series, MAX_ACROSS);
    this.#key = key;
    return this.#found;
  }
}
