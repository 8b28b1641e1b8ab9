/** What was analyzed: one row per checkpoint, with the fingerprint that names its content. */
import { syntheticPoint, type RunResults } from '../data/shownRuns';
import { t } from '../l10n';
import { drawnWords } from '../words/facts';
import { modelName } from '../words/model';
import type { Cell, Table } from './table';

export function checkpointsTable(runs: readonly RunResults[]): Table {
  return {
    id: 'provenance',
    title: t('Checkpoints and fingerprints'),
    columns: [
      { key: 'run', label: t('run') },
      { key: 'step', label: t('step') },
      { key: 'checkpoint', label: t('checkpoint') },
      { key: 'architecture', label: t('architecture') },
      { key: 'dtype', label: t('type') },
      { key: 'parameters', label: t('parameters') },
      { key: 'bytes', label: t('bytes') },
      { key: 'sha256', label: 'SHA-256' },
      { key: 'drawn', label: t('drawn weights') },
    ],
    rows: runs.flatMap((run) => {
      const { name, series } = run;
      const drawn = syntheticPoint(run);
      return [...(drawn ? [drawn] : []), ...series.points].map(({ step, checkpoint: c }): Cell[] => [
        name,
        step,
        c.name,
        modelName(c),
        c.dtype,
        c.parameters,
        c.bytes,
        c.fingerprint,
        drawnWords(c),
      ]);
    }),
  };
}
