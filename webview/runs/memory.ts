/** The reader's choices that the panels of runs remember. */
import * as v from 'valibot';
import { GROUNDS } from '../components/exportControls';
import { ViewMemory, type StateSlot } from '../shell/viewMemory';
import { DEFAULT_RUN_CHOICES, RUN_TABS, runChoicesSchema } from './views';

const schema = v.object({
  ...runChoicesSchema.entries,
  /** The open tab of each view. */
  tabs: v.object({ trends: v.picklist(RUN_TABS.trends), emergence: v.picklist(RUN_TABS.emergence) }),
  /** The background of exported pictures. */
  ground: v.picklist(GROUNDS),
});
export type RunsMemory = ViewMemory<v.InferOutput<typeof schema>>;

export const runsMemory = (slot: StateSlot): RunsMemory =>
  new ViewMemory(slot, schema, {
    ...DEFAULT_RUN_CHOICES,
    tabs: { trends: RUN_TABS.trends[0], emergence: RUN_TABS.emergence[0] },
    ground: 'light',
  });
