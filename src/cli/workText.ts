/** What an analysis would take, in words. */
import { LARGE_BYTES, type Approve, type WorkEstimate } from '../worker/approval';
import type { RemotePrice } from '../protocol/remote';
import { bytes, integer, memorySize, roughTime } from '../protocol/format';
import { visible, visibleJson } from '../protocol/visible';
import type { CliEnvironment } from './environment';
import { ProgressLine } from './progress';

/** What is said, and started at once, where a person at a window would be asked. */
export function tellOf(env: CliEnvironment): Approve {
  return (path, work) => {
    // The price of an address is stated where a person asks for it.
    if (work.bytes <= LARGE_BYTES) return true;
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

/** A line, or an element of a JSON array, per address. */
export function pricesText(prices: readonly { path: string; price: RemotePrice }[], json: boolean): string {
  if (!json) return prices.map(({ path, price }) => priceText(path, price)).join('');
  return `${visibleJson(prices.map(({ path, price }) => ({ path, ...price })))}\n`;
}

function priceText(
  path: string,
  { checkpoints, fileBytes, bytes: read, requests, seconds, runs }: RemotePrice,
): string {
  const what = checkpoints === 1 ? 'the checkpoint has' : `its ${integer(checkpoints)} checkpoints have`;
  const takes = [
    `reads ${bytes(read)} in ${integer(requests)} requests (${what} ${bytes(fileBytes)})`,
    `reading them takes about ${roughTime(seconds)} as the connection is now, starting and counting not included`,
  ];
  const offered = runs
    ? `${visible(path)}: with --draws runs (other numbers, never to be compared) ${bytes(runs.bytes)} in ${integer(runs.requests)} requests, about ${roughTime(runs.seconds)} of reading\n`
    : '';
  return `${visible(path)}: ${takes.join('; ')}\n${offered}`;
}

/** One line, ended. */
function workText(path: string, { fileBytes, bytes: read, seconds, threads, memory }: WorkEstimate): string {
  const takes = [
    `reads ${bytes(read)} (the checkpoint has ${bytes(fileBytes)})`,
    `about ${roughTime(seconds)} with ${threads} ${threads === 1 ? 'thread' : 'threads'} unless the disk is slower`,
    `takes up to ${memorySize(memory)} of memory`,
  ];
  return `${visible(path)}: ${takes.join('; ')}\n`;
}
