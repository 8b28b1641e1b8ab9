/** What the page of a comparison remembers of the reader's choices. */
import * as v from 'valibot';
import { GROUNDS } from '../components/exportControls';
import { AXIS_KINDS } from '../figures/stepAxis';
import { ViewMemory, type StateSlot } from '../shell/viewMemory';
import { COLUMNS } from './tensorTable';
import { COMPARE_TABS, FIGURES, SHOWN } from './views';

const schema = v.object({
  tab: v.picklist(COMPARE_TABS),
  /** What the map of projections shows. */
  figure: v.picklist(FIGURES),
  /** What training is counted by on an axis. */
  axis: v.optional(v.picklist(AXIS_KINDS), 'linear'),
  /** The sides that charts show. */
  shown: v.optional(v.picklist(SHOWN), 'both'),
  /** What the table of tensors is ordered by. */
  order: v.object({ column: v.picklist(COLUMNS), descending: v.boolean() }),
  /** What exported pictures are drawn on. */
  ground: v.picklist(GROUNDS),
});
export type CompareChoices = v.InferOutput<typeof schema>;
export type CompareMemory = ViewMemory<CompareChoices>;

export const compareMemory = (slot: StateSlot): CompareMemory =>
  new ViewMemory(slot, schema, {
    tab: 'tensors',
    figure: 'alpha0',
    axis: 'linear',
    shown: 'both',
    order: { column: 'relative', descending: true },
    ground: 'light',
  });
