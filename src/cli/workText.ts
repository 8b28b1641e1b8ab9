/** What an analysis would take, in words. */
import type { Approve, WorkEstimate } from '../worker/approval';
import { visible, visibleJson } from '../protocol/visible';
import type { CliEnvironment } from './environment';
import { ProgressLine } from './progress';
import { whole } from './table';

/** What is said, and started at once, where a person at a window would be asked. */
export function tellOf(env: CliEnvironment): Approve {
  return (path, work) => {
    new ProgressLine(env).clear();
    env.writeError(`neuromfa: ${workText(path, work)}`);
    return true;
  };
}

/** A line, or an element of a JSON array, per checkpoint. */
export function estimatesText(
  estimates: readonly { path: string; work: WorkEstimate }[],
  json: boolean,
): string {
  if (!json) return estimates.map(({ path, work }) => workText(path, work)).join('');
  return `${visibleJson(estimates.map(({ path, work }) => ({ path, ...work })))}\n`;
}

/** One line, ended. */
function workText(path: string, { fileBytes, bytes, seconds, threads, memory }: WorkEstimate): string {
  const takes = [
    `reads ${gigabytes(bytes)} (the checkpoint has ${gigabytes(fileBytes)})`,
    `about ${duration(seconds)} with ${threads} ${threads === 1 ? 'thread' : 'threads'} unless the disk is slower`,
    `takes up to ${whole(Math.ceil(memory / 2 ** 20))} MB of memory`,
  ];
  return `${visible(path)}: ${takes.join('; ')}\n`;
}

function gigabytes(bytes: number): string {
  return bytes < 1e8 ? `${(bytes / 1e6).toFixed(1)} MB` : `${(bytes / 1e9).toFixed(2)} GB`;
}

function duration(seconds: number): string {
  if (seconds < 1) return 'a second';
  if (seconds < 120) return `${Math.ceil(seconds)} s`;
  return `${Math.ceil(seconds / 60)} min`;
}
