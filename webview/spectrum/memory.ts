/** What the Spectrum panel remembers of the reader's choices. */
import * as v from 'valibot';
import { GROUNDS } from '../components/exportControls';
import { ViewMemory, type StateSlot } from '../shell/viewMemory';
import { choicesSchema, DEFAULT_CHOICES, TABS } from './views';

const schema = v.object({
  ...choicesSchema.entries,
  tab: v.picklist(TABS),
  /** Path of the item whose details are shown; the last one's when that is gone. */
  detailsOf: v.nullable(v.string()),
  /** What exported pictures are drawn on. */
  ground: v.picklist(GROUNDS),
});
export type PanelMemory = ViewMemory<v.InferOutput<typeof schema>>;

export const panelMemory = (slot: StateSlot): PanelMemory =>
  new ViewMemory(slot, schema, { ...DEFAULT_CHOICES, tab: 'spectrum', detailsOf: null, ground: 'light' });
