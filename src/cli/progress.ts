/** One line on the terminal that says how far the work has come, rewritten in place. */
import type { AnalysisProgress } from '../protocol/panel';
import type { CliEnvironment } from './environment';
import { printable } from './printable';
import { whole } from './table';

const CLEAR_LINE = '\r\x1b[K';

export class ProgressLine {
  constructor(private readonly env: CliEnvironment) {}

  show(path: string, index: number, paths: number, { done, total, bytesRead }: AnalysisProgress): void {
    if (!this.env.interactive) return;
    const megabytes = whole(Math.round(bytesRead / 1e5) / 10);
    this.env.writeError(
      `${CLEAR_LINE}[${index + 1}/${paths}] ${printable(path)}: ${done} of ${total} samples, ${megabytes} MB read`,
    );
  }

  clear(): void {
    if (this.env.interactive) this.env.writeError(CLEAR_LINE);
  }
}
