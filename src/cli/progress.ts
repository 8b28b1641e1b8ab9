/** A line on the terminal that shows the progress, rewritten in place. */
import { checkpointName } from '../core/checkpoint/name';
import { bytes, integer } from '../protocol/format';
import type { WithResult } from '../protocol/analysis';
import type { ReadingProgress } from '../protocol/inspect';
import type { AnalysisProgress } from '../protocol/panel';
import { visible } from '../protocol/visible';
import type { JobState } from '../worker/scheduler';
import type { CliEnvironment } from './environment';

const CLEAR_LINE = '\r\x1b[K';
/** A line that wraps could not be rewritten. */
const MAX_NAME = 32;

export class ProgressLine {
  constructor(private readonly env: CliEnvironment) {}

  show(path: string, index: number, paths: number, { done, total, bytesRead }: AnalysisProgress): void {
    if (!this.env.interactive) return;
    const name = visible(checkpointName(path)).slice(-MAX_NAME);
    this.env.writeError(
      `${CLEAR_LINE}[${index + 1}/${paths}] ${name}: ${done} of ${total} samples, ${bytes(bytesRead)} read`,
    );
  }

  /** Shows progress while the values of tensors are read. */
  showTensors(path: string, { done, total, bytesRead }: AnalysisProgress): void {
    if (!this.env.interactive) return;
    const name = visible(checkpointName(path)).slice(-MAX_NAME);
    this.env.writeError(
      `${CLEAR_LINE}${name}: ${integer(done)} of ${integer(total)} tensors, ${bytes(bytesRead)} read`,
    );
  }

  /** Shows progress while headers are read. */
  showReading(path: string, { tensors, blocks, ofBlocks }: ReadingProgress): void {
    if (!this.env.interactive || tensors === 0) return;
    const name = visible(checkpointName(path)).slice(-MAX_NAME);
    const network = ofBlocks === 0 ? '' : `, block ${integer(blocks)} of ${integer(ofBlocks)}`;
    this.env.writeError(`${CLEAR_LINE}${name}: ${integer(tensors)} tensors found${network}`);
  }

  /** Shows the states of tasks where other machines compute. */
  showElsewhere(states: readonly JobState<WithResult>[]): void {
    if (!this.env.interactive) return;
    const elsewhere = states.flatMap((state) => (state.kind === 'elsewhere' ? [state] : []));
    const waiting = elsewhere.filter((state) => state.waiting !== null);
    const done = states.filter(({ kind }) => kind === 'done').length;
    const reason = waiting.find((state) => state.waiting)?.waiting ?? '';
    const words = [
      `${integer(done)} of ${integer(states.length)} stored`,
      `${integer(elsewhere.length - waiting.length)} at work`,
      `${integer(waiting.length)} waiting${reason === '' ? '' : ` (${visible(reason)})`}`,
    ];
    this.env.writeError(`${CLEAR_LINE}${words.join(', ')}`);
  }

  clear(): void {
    if (this.env.interactive) this.env.writeError(CLEAR_LINE);
  }
}
