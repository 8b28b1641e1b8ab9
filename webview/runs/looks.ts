/** What readers do to the styles of runs; each function returns the styles that change. */
import type { Look } from '../../src/protocol/looks';
import type { Run } from '../../src/protocol/trends';

type Looks = Record<string, Look>;

/** Changes the style of one run. */
export function changed(runs: readonly Run[], id: string, look: Partial<Look>): Looks {
  return { [id]: { ...runs.find((run) => run.id === id)?.look, ...look } };
}

/** Hides a run, or shows it again; the last visible one stays. */
export function toggled(runs: readonly Run[], id: string): Looks {
  const hidden = !runs.find((run) => run.id === id)?.look?.hidden;
  const others = runs.filter((run) => run.id !== id && !run.look?.hidden);
  return hidden && others.length === 0 ? {} : changed(runs, id, { hidden });
}

/** Whether a run is the only visible one. */
export const isAlone = (runs: readonly Run[], id: string): boolean =>
  runs.every((run) => Boolean(run.look?.hidden) === (run.id !== id));

/** Hides all others; shows all again where they are hidden already. */
export function isolated(runs: readonly Run[], id: string): Looks {
  const alone = isAlone(runs, id);
  return Object.fromEntries(runs.map((run) => [run.id, { ...run.look, hidden: !alone && run.id !== id }]));
}
