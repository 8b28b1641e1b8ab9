/**
 * Restores the order of recurrent layers, which sorting by name reverses: it puts `weight_hh_l0` before `weight_ih_l0`.
 */
import type { NamedTensor } from './names';

/**
 * PyTorch's names, for every layer and direction: the matrix that reads the input, the one that reads the state, and
 * the projection.
 */
const RECURRENT = /^(.*)weight_(ih|hh|hr)(?:_l(\d+))?(_reverse)?$/;
const READS = ['ih', 'hh', 'hr'];

/**
 * Puts the tensors of each module in order of execution. @param named in natural order of their paths; changed in
 * place.
 */
export function sortRecurrent(named: NamedTensor[]): void {
  const moduleAt = (i: number): string | undefined => RECURRENT.exec(named[i]?.path ?? '')?.[1];
  for (let from = 0, to; from < named.length; from = to) {
    const module = moduleAt(from);
    to = from + 1;
    while (module !== undefined && moduleAt(to) === module) to++;
    if (to - from > 1) named.splice(from, to - from, ...inTurn(named.slice(from, to)));
  }
}

function inTurn(layers: readonly NamedTensor[]): NamedTensor[] {
  const keyed = layers.map((layer) => {
    const [, , reads = '', number = '0', reverse = ''] = RECURRENT.exec(layer.path)!;
    return { layer, key: [Number(number), reverse.length, READS.indexOf(reads)] as const };
  });
  keyed.sort(({ key: a }, { key: b }) => a[0] - b[0] || a[1] - b[1] || a[2] - b[2]);
  return keyed.map(({ layer }) => layer);
}
