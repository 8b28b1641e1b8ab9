/** Checkpoints beside a series that are its last ones, or look like it: `final`, `main`, the model in the run's own folder. */
import type { Member, Ordered } from './order';
import type { RunCheckpoint } from './trainingRun';

export interface LeftOut {
  path: string;
  name: string;
  /** Why it is not in the series. */
  cause: string;
}

interface Finals {
  /** After the last of the series. */
  used: RunCheckpoint[];
  leftOut: LeftOut[];
  /** All that this series has looked at. */
  taken: Member[];
}

const LAST = /(?:^|[-_.])(?:final|last|latest|main|end)(?=$|[-_.])/i;
const BEST = /(?:^|[-_.])best(?=$|[-_.])/i;
/** What stands before the number in the names of a series. */
const COUNTER =
  /[-_.= ]*(?:(?:global[-_]?)?steps?|iter(?:ation)?s?|epochs?|ep|checkpoint|ckpt|tokens?)?[-_.= ]*$/i;

/**
 * The last checkpoints of the series of `group`. One is used where its step is told, or where the series has no steps; one
 * without a step would have no place among steps.
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
    if (same) finals.leftOut.push({ path, name, cause: `it is of step ${step!}, as ${same.name} is` });
    else if (kind === 'best') {
      finals.leftOut.push({ path, name, cause: 'its name does not tell when it was saved' });
    } else if (orderedBy === 'step' && step === null) {
      finals.leftOut.push({ path, name, cause: 'nothing tells its step' });
    } else finals.used.push(checkpoint);
  }
  finals.used.sort((a, b) => (a.step ?? 0) - (b.step ?? 0) || (a.name < b.name ? -1 : 1));
  return finals;
}

/** Whether a path in the run is that of a last or best checkpoint of a group. */
function kindOf(inRun: string, group: string): 'last' | 'best' | null {
  const [pattern = '', ...below] = group.split('/');
  const remainder = below.join('/');
  // The model in the run's own folder, or one that has the place there that those of the series have in their folders.
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
