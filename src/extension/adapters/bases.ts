import type { Memory } from '../runs/choices';
import { PathChoices } from '../services/pathChoices';

/**
 * The bases of a workspace's low-rank adapters: path of an adapter → that of its base, or null for its updates alone.
 */
export class Bases extends PathChoices {
  constructor(memory: Memory) {
    super(memory, 'neuromfa.bases');
  }
}
