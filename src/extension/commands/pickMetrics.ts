/** Files of metrics for a run, from a dialog. */
import * as vscode from 'vscode';
import type { RunMetrics } from '../runs/runMetrics';
import type { ListedRun } from '../runs/listedRun';
import type { FailureReport } from '../services/failureReport';
import { chooseFiles } from '../ui/dialogs';
import { t } from '../ui/words';

/** Asks for files, and reads only these for the run; reports which cannot be read. */
export const metricsPicker =
  (metrics: RunMetrics, failures: FailureReport) =>
  async (run: ListedRun): Promise<void> => {
    const files = await chooseFiles({
      title: t('Losses or Scores of {0}', run.name),
      button: t('Compare with E'),
      folder: vscode.Uri.file(run.path),
      several: true,
      // TensorBoard's event files have no extension of their own.
      kind: { label: t('All files'), extensions: ['*'] },
    });
    if (files.length === 0) return;
    try {
      await metrics.pick(
        run,
        files.map(({ fsPath }) => fsPath),
      );
    } catch (error) {
      failures.showRefusal(error);
    }
  };
