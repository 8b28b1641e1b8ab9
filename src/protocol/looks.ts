/** How a run looks wherever it is drawn with others; stored with the workspace. */
import * as v from 'valibot';
import { count } from './numbers';

export const lookSchema = v.object({
  /** Index of its color in the theme; by default that of its position. */
  hue: v.exactOptional(count),
  /** Whether it is left out of figures, tables, exports and reports, as long as another run is not. */
  hidden: v.exactOptional(v.boolean()),
  /** Whether it comes before others, and is drawn above them. */
  pinned: v.exactOptional(v.boolean()),
});
export type Look = v.InferOutput<typeof lookSchema>;

/** A run among those of a panel. */
export interface Placed<R> {
  run: R;
  /** Its position among all of them, which determines color, dash and marker. */
  place: number;
}

/** Pinned runs first, the others in the given order. */
export const inOrderOfLooks = <R extends { look?: Look }>(runs: readonly R[]): Placed<R>[] =>
  runs
    .map((run, place) => ({ run, place }))
    .sort((a, b) => Number(b.run.look?.pinned ?? false) - Number(a.run.look?.pinned ?? false));

/**
 * Those that are not hidden; all where all are hidden.
 * @param drawn whether a run has something to draw.
 */
export function visibleOf<R extends { look?: Look }>(
  runs: readonly R[],
  drawn: (run: R) => boolean = () => true,
): Placed<R>[] {
  const all = inOrderOfLooks(runs).filter(({ run }) => drawn(run));
  const visible = all.filter(({ run }) => !run.look?.hidden);
  return visible.length > 0 ? visible : all;
}
