/** How much two samples of one network have in common. */
import type { LayerDraw, Projection } from '../network/types';
import { sampleSize } from './drawNeurons';

/**
 * Up to this share samples count as independent. With it, `beyond` of independent weights lies outside its interval over 10 samples in 2
 * to 3 of 30 networks; at a share of 0.56 in 10 of 30, and where all is taken in 19.
 */
const INDEPENDENT = 0.2;

/**
 * The share of a sample's edges that another one is expected to have as well, 1 where every layer is taken whole.
 * @returns 0 where it is too small to matter.
 */
export function sampleOverlap(
  projections: readonly (Pick<Projection, 'sampling'> & { parts: readonly { taps: number }[] })[],
  draws: readonly LayerDraw[],
  neurons: number,
): number {
  let [edges, common] = [0, 0];
  for (const { sampling, parts } of projections) {
    const sizes = [sampling.sources, ...sampling.targets.map(({ draw }) => draw)].map((draw) => ({
      taken: sampleSize(draws[draw]!, neurons),
      width: draws[draw]!.width,
    }));
    const [sources, ...targets] = sizes;
    const sum = (of: 'taken' | 'width'): number => targets.reduce((total, each) => total + each[of], 0);
    const here = sources!.taken * sum('taken') * (parts[0]?.taps ?? 1);
    edges += here;
    common += here * (sources!.taken / sources!.width) * (sum('taken') / sum('width'));
  }
  const share = edges === 0 ? 0 : common / edges;
  return share > INDEPENDENT ? share : 0;
}
