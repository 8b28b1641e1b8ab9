import type { Memory } from '../runs/choices';
import { PathChoices } from '../services/pathChoices';

/** What the low-rank adapters of a workspace are added to: path of an adapter → that of its base, or null for its updates alone. */
export class Bases extends PathChoices {
  constructor(memory: Memory) {
    super(memory, 'neuromfa.bases');
  }
}
