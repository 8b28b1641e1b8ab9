import type { Memory } from '../runs/choices';
import { PathChoices } from './pathChoices';

/** Which copy is taken of models that checkpoints hold several times: path of a checkpoint → the name of the copy. */
export class WeightSets extends PathChoices {
  constructor(memory: Memory) {
    super(memory, 'neuromfa.weightSets');
  }
}
