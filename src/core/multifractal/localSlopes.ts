/**
 * Whether counts scale: the slope of mean ln N on ln r, octave by octave. A power law has the same slope everywhere.
 */
import { largest, smallest } from '../../protocol/extremes';
import type { Fit } from '../../protocol/nulls';
import { Regressor } from './regression';

/**
 * Least-squares slopes of `lnMu` on ln r over [r, 2r], from the smallest radius on; the remainder of the last octave
 * joins the one before where it is less than half an octave, or has fewer than two radii.
 * @param radii ascending, at least two.
 */
export function localSlopes(radii: readonly number[], lnMu: readonly number[]): Fit {
  const octaves = octavesOf(radii).map(({ from, to }) => {
    const inside = radii.flatMap((radius, i) => (radius >= from && radius <= to ? [i] : []));
    const x = Float64Array.from(inside, (i) => Math.log(radii[i]!));
    const y = Float64Array.from(inside, (i) => lnMu[i]!);
    return { from, to, slope: new Regressor(x).fit(y).slope };
  });
  const slopes = octaves.map(({ slope }) => slope);
  const [least, most] = [smallest(slopes), largest(slopes)];
  return { octaves, ratio: least > 0 ? most / least : null };
}

function octavesOf(radii: readonly number[]): { from: number; to: number }[] {
  const last = radii.at(-1)!;
  const octaves: { from: number; to: number }[] = [];
  let from = radii[0]!;
  while (from < last) {
    const to = Math.min(2 * from, last);
    const enough = radii.filter((radius) => radius >= from && radius <= to).length >= 2;
    const before = octaves.at(-1);
    if (before && (to / from < Math.SQRT2 || !enough)) before.to = to;
    else if (enough) octaves.push({ from, to });
    else {
      // There is no radius within this octave: it extends to the next radius.
      const next = radii.find((radius) => radius > to) ?? last;
      octaves.push({ from, to: next });
      from = next;
      continue;
    }
    from = to;
  }
  return octaves;
}
