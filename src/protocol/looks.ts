/** How a run is shown wherever it is drawn with others: kept with the workspace. */
import * as v from 'valibot';
import { count } from './numbers';

export const lookSchema = v.object({
  /** Which color of the theme it has; without, the one of its place. */
  hue: v.exactOptional(count),
  /** Left out of figures, tables, exports and reports, as long as another run is not. */
  hidden: v.exactOptional(v.boolean()),
  /** It stands before others, and is drawn above them. */
  pinned: v.exactOptional(v.boolean()),
});
export type Look = v.InferOutput<typeof lookSchema>;

/** A run among those of a panel. */
export interface Placed<R> {
  run: R;
  /** Its place among all of them, which gives it color, dash and marker. */
  place: number;
}

/** Pinned runs first, the others as they come. */
export const inOrderOfLooks = <R extends { look?: Look }>(runs: readonly R[]): Placed<R>[] =>
  runs
    .map((run, place) => ({ run, place }))
    .sort((a, b) => Number(b.run.look?.pinned ?? false) - Number(a.run.look?.pinned ?? false));

/**
 * Those that are not hidden; all where everything is.
 * @param drawn which runs have something to be drawn.
 */
export function visibleOf<R extends { look?: Look }>(
  runs: readonly R[],
  drawn: (run: R) => boolean = () => true,
): Placed<R>[] {
  const all = inOrderOfLooks(runs).filter(({ run }) => drawn(run));
  const visible = all.filter(({ run }) => !run.look?.hidden);
  return visible.length > 0 ? visible : all;
}
