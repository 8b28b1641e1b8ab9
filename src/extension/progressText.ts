/** How far a request has come, in one line. */
import type { SpectrumItem } from '../protocol/panel';
import { formatBytes } from './format';
import type { Translate } from './translate';

export interface ProgressReport {
  message: string;
  /** Share of the work that is done, 0 to 1. */
  fraction: number;
}

/** Describes the checkpoints of one request: which are done, and how far those at work have come. */
export function describeProgress(items: readonly SpectrumItem[], t: Translate): ProgressReport {
  const shares = items.map(share);
  const running = items.flatMap(({ name, state }) =>
    state.kind === 'running' ? [{ name, ...state.progress }] : [],
  );
  const bytes = running.reduce((sum, each) => sum + each.bytesRead, 0);
  const samples = running.map(({ name, done, total }) =>
    items.length > 1 ? t('{0}: {1} of {2} samples', name, done, total) : t('{0} of {1} samples', done, total),
  );
  const parts = [
    ...(items.length > 1 ? [t('{0} of {1} checkpoints', items.filter(settled).length, items.length)] : []),
    ...samples,
    ...(running.length > 0 ? [t('{0} read', formatBytes(bytes))] : []),
  ];
  return {
    message: parts.length > 0 ? parts.join(' · ') : t('reading headers'),
    fraction: shares.reduce((sum, each) => sum + each, 0) / Math.max(1, items.length),
  };
}

function settled({ state }: SpectrumItem): boolean {
  return state.kind !== 'waiting' && state.kind !== 'running';
}

function share(item: SpectrumItem): number {
  if (item.state.kind !== 'running') return settled(item) ? 1 : 0;
  return item.state.progress.done / Math.max(1, item.state.progress.total);
}
