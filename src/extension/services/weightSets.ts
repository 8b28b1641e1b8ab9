import type { Memory } from '../runs/choices';
import { PathChoices } from './pathChoices';

/** The chosen copies of models that checkpoints contain several times: path of a checkpoint → the name of the copy. */
export class WeightSets extends PathChoices {
  constructor(memory: Memory) {
    super(memory, 'neuromfa.weightSets');
  }
}
