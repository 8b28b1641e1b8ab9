/** The results of a run as a table for a terminal. */
import type { AnalysisResult, Estimate } from '../src/protocol/analysis';

const MISSING = '–';
const COLUMNS = ['step', 'α₀ ± sd', 'w ± sd', 'nodes kept', 'mean R²'];

export function table(results: readonly AnalysisResult[]): string {
  const rows = results.map(({ checkpoint, summary }) => [
    checkpoint.step === null ? checkpoint.name : String(checkpoint.step),
    estimate(summary.alpha0),
    estimate(summary.width),
    summary.nodesKept === null ? MISSING : `${(100 * summary.nodesKept).toFixed(1)} %`,
    decimal(summary.r2Mean),
  ]);
  const widths = COLUMNS.map((title, column) =>
    Math.max(title.length, ...rows.map((row) => row[column]!.length)),
  );
  const line = (cells: readonly string[]): string =>
    cells.map((cell, column) => cell.padStart(widths[column]!)).join('   ');
  return [line(COLUMNS), line(widths.map((width) => '─'.repeat(width))), ...rows.map(line)].join('\n');
}

function estimate({ mean, sd }: Estimate): string {
  return mean === null ? MISSING : `${decimal(mean)} ± ${decimal(sd)}`;
}

function decimal(value: number | null): string {
  return value === null ? MISSING : value.toFixed(4);
}
