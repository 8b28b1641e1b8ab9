import type { TensorComparison } from '../../protocol/comparison';

/** Whether both hold the same tensors with the same values. */
export const isSame = ({ changed, onlyA, onlyB, reshaped }: TensorComparison): boolean =>
  onlyA.length + onlyB.length + reshaped.length === 0 && changed.every(({ equal }) => equal === 1);
