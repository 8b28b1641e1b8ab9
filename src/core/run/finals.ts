/**
 * Finds the last checkpoints of a series, or what looks like them: `final`, `main`, the model in the run's own folder.
 */
import type { Member, Ordered } from './order';
import type { LeftOut, RunCheckpoint } from './types';

interface Finals {
  /** Those that come after the last of the series. */
  used: RunCheckpoint[];
  leftOut: LeftOut[];
  /** All those that this series has considered. */
  taken: Member[];
}

const LAST = /(?:^|[-_.])(?:final|last|latest|main|end)(?=$|[-_.])/i;
const BEST = /(?:^|[-_.])best(?=$|[-_.])/i;
/** The text before the number in the names of a series. */
const COUNTER =
  /[-_.= ]*(?:(?:global[-_]?)?steps?|iter(?:ation)?s?|epochs?|ep|checkpoint|ckpt|tokens?)?[-_.= ]*$/i;

/**
 * The last checkpoints of the series of `group`. One is used where its step is known, or where the series has no steps;
 * without a step it would have no position among steps.
 */
export function finalsOf(
  group: string,
  { orderedBy, checkpoints }: Ordered,
  candidates: readonly Member[],
): Finals {
  const finals: Finals = { used: [], leftOut: [], taken: [] };
  const sizes = checkpoints.map(({ bytes }) => bytes);
  const alike = (bytes: number): boolean => sizes.some((size) => Math.abs(size - bytes) <= 0.01 * size);
  for (const candidate of candidates) {
    const { checkpoint, place } = candidate;
    const kind = kindOf(place.inRun, group);
    if (kind === null || !alike(checkpoint.bytes)) continue;
    finals.taken.push(candidate);
    const { path, name, step } = checkpoint;
    const same = step === null ? undefined : checkpoints.find((each) => each.step === step);
    const why = same
      ? 'same-step'
      : kind === 'best'
        ? 'best'
        : orderedBy === 'step' && step === null
          ? 'no-step'
          : null;
    if (why === null) finals.used.push(checkpoint);
    else {
      const fact = {
        code: 'checkpoint-left-out',
        checkpoint: name,
        why,
        step,
        same: same?.name ?? null,
      } as const;
      finals.leftOut.push({ path, fact });
    }
  }
  finals.used.sort((a, b) => (a.step ?? 0) - (b.step ?? 0) || (a.name < b.name ? -1 : 1));
  return finals;
}

/** Whether a path in the run is that of a last or best checkpoint of a group. */
function kindOf(inRun: string, group: string): 'last' | 'best' | null {
  const [pattern = '', ...below] = group.split('/');
  const remainder = below.join('/');
  // The model in the run's own folder, or one with the same position there that those of the series have in their
  // folders.
  if (remainder !== '' && inRun === remainder) return 'last';
  const [name = '', ...rest] = inRun.split('/');
  if (rest.join('/') !== remainder) return null;
  const [before, after] = [
    pattern.slice(0, pattern.indexOf('#')),
    pattern.slice(pattern.lastIndexOf('#') + 1),
  ] as const;
  const bare = before.replace(COUNTER, '') || after.replace(/^[-_. ]+/, '');
  const known = ['', 'model', 'checkpoint', 'ckpt', 'weights', bare];
  for (const [kind, words] of [
    ['last', LAST],
    ['best', BEST],
  ] as const) {
    if (words.test(name) && known.includes(name.replace(words, '').replace(/^[-_. ]+|[-_. ]+$/g, '')))
      return kind;
  }
  return name === bare ? 'last' : null;
}
