/** The order of training among the checkpoints of one series, and what determines it. */
import { smallest } from '../../protocol/extremes';
import type { RunOrder } from '../../protocol/run';
import type { RunCheckpoint } from './types';
import type { Place } from './place';

/** A checkpoint before its position in the order is known. */
export interface Member {
  checkpoint: RunCheckpoint;
  place: Place;
}

export interface Ordered {
  orderedBy: RunOrder;
  checkpoints: RunCheckpoint[];
}

let collator: Intl.Collator | undefined;

/** Made when it is first needed: it takes 6 ms, and every program that loads this file would pay them. */
function natural(a: string, b: string): number {
  collator ??= new Intl.Collator('en', { numeric: true });
  return collator.compare(a, b);
}

/**
 * Steps count where all have one and they do not restart in each epoch; otherwise epochs, tokens or other numbers of
 * the names, otherwise the time of writing. Copied files have equal times: then only names remain.
 */
export function inOrder(members: readonly Member[]): Ordered {
  const steps = members.map(({ checkpoint }) => checkpoint.step);
  if (steps.every((step) => step !== null)) {
    const inEpochs = sorted(members, byEpochs);
    const goesOn = inEpochs.every(
      ({ checkpoint }, i) => i === 0 || inEpochs[i - 1]!.checkpoint.step! <= checkpoint.step!,
    );
    if (goesOn) return { orderedBy: 'step', checkpoints: inEpochs.map(({ checkpoint }) => checkpoint) };
    const checkpoints = inEpochs.map(({ checkpoint }) => ({ ...checkpoint, step: null }));
    return { orderedBy: 'epoch', checkpoints };
  }
  const [orderedBy, compare] = otherOrder(members);
  return { orderedBy, checkpoints: sorted(members, compare).map(({ checkpoint }) => checkpoint) };
}

type Compare = (a: Member, b: Member) => number;

function otherOrder(members: readonly Member[]): [RunOrder, Compare] {
  const all = (tells: (member: Member) => boolean): boolean => members.every(tells);
  if (all(({ checkpoint }) => checkpoint.epoch !== null)) return ['epoch', byEpochs];
  if (all(({ place }) => place.tokens !== null)) {
    return [
      'tokens',
      (a, b) => (a.place.stage ?? 0) - (b.place.stage ?? 0) || a.place.tokens! - b.place.tokens!,
    ];
  }
  if (all(({ place }) => place.stage !== null || place.numbers.length > 0)) return ['number', byNumbers];
  const times = new Set(members.map(({ checkpoint }) => checkpoint.modified));
  return times.size > 1 || members.length === 1
    ? ['time', (a, b) => a.checkpoint.modified - b.checkpoint.modified]
    : ['name', () => 0];
}

function byEpochs(a: Member, b: Member): number {
  return (
    (a.place.stage ?? 0) - (b.place.stage ?? 0) ||
    (a.checkpoint.epoch ?? 0) - (b.checkpoint.epoch ?? 0) ||
    (a.checkpoint.step ?? 0) - (b.checkpoint.step ?? 0)
  );
}

function byNumbers(a: Member, b: Member): number {
  const [first, second] = [a, b].map(({ place }) => [place.stage ?? 0, ...place.numbers]) as [
    number[],
    number[],
  ];
  for (let i = 0; i < smallest([first.length, second.length]); i++) {
    if (first[i] !== second[i]) return first[i]! - second[i]!;
  }
  return first.length - second.length;
}

/** Ties are ordered by name, so that the order of the files in the folder does not matter. */
function sorted(members: readonly Member[], compare: Compare): Member[] {
  return [...members].sort(
    (a, b) =>
      compare(a, b) ||
      natural(a.checkpoint.name, b.checkpoint.name) ||
      (a.checkpoint.path < b.checkpoint.path ? -1 : 1),
  );
}
