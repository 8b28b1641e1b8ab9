/** The progress of a request, in one line. */
import { bytes, percentDone } from '../protocol/format';
import type { SpectrumItem } from '../protocol/panel';
import type { Translate } from '../protocol/translate';

export interface ProgressReport {
  message: string;
  /** The share of the work that is done, 0 to 1. */
  fraction: number;
}

/** Describes the checkpoints of one request: how many are done, and the progress of the first running one. */
export function describeProgress(items: readonly SpectrumItem[], t: Translate): ProgressReport {
  const running = items.flatMap(({ name, state }) =>
    state.kind === 'running' ? [{ name, ...state.progress }] : [],
  );
  const [first] = running;
  const read = running.reduce((sum, { bytesRead }) => sum + bytesRead, 0);
  const several = items.length > 1;
  const parts = [
    ...(several ? [t('{0} of {1}', items.filter(settled).length, items.length)] : []),
    ...(first && several ? [t('{0}: {1} %', first.name, percentDone(first))] : []),
    ...(first && !several ? [t('{0} %', percentDone(first))] : []),
    first ? t('{0} read', bytes(read)) : t('reading headers'),
  ];
  return {
    message: parts.join(' · '),
    fraction: items.map(share).reduce((sum, each) => sum + each, 0) / Math.max(1, items.length),
  };
}

function settled({ state }: SpectrumItem): boolean {
  return state.kind !== 'waiting' && state.kind !== 'running';
}

function share(item: SpectrumItem): number {
  if (item.state.kind !== 'running') return settled(item) ? 1 : 0;
  return item.state.progress.done / Math.max(1, item.state.progress.total);
}
