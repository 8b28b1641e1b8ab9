/** Sums over tensors: by role, and by reason for those that are left out. */
import { NONE } from '../../src/protocol/tensorTable';
import { parametersOf, type Tensors } from './tensors';

export interface Total {
  tensors: number;
  parameters: number;
  bytes: number;
}

export interface Totals {
  all: Total;
  network: Total;
  leftOut: Total;
  /** By number in `roleList`. */
  roles: Total[];
  /** By number in `reasonList`. */
  reasons: Total[];
}

export function totalsOf(tensors: Tensors): Totals {
  const empty = (): Total => ({ tensors: 0, parameters: 0, bytes: 0 });
  const totals: Totals = {
    all: empty(),
    network: empty(),
    leftOut: empty(),
    roles: tensors.roleList.map(empty),
    reasons: tensors.reasonList.map(empty),
  };
  const parameters = Float64Array.from(tensors.kindList, parametersOf);
  for (let i = 0; i < tensors.count; i++) {
    const kind = tensors.kinds[i]!;
    const role = tensors.roles[i]!;
    const of = role === NONE ? totals.reasons[tensors.reasons[i]!] : totals.roles[role];
    const sums = [totals.all, role === NONE ? totals.leftOut : totals.network, of];
    for (const sum of sums) {
      if (!sum) continue;
      sum.tensors++;
      sum.parameters += parameters[kind]!;
      sum.bytes += tensors.kindList[kind]!.bytes;
    }
  }
  return totals;
}
