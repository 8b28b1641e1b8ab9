/** The reader's choices that the Spectrum panel remembers. */
import * as v from 'valibot';
import { GROUNDS } from '../components/exportControls';
import { ViewMemory, type StateSlot } from '../shell/viewMemory';
import { choicesSchema, DEFAULT_CHOICES, TABS } from './views';

const schema = v.object({
  ...choicesSchema.entries,
  tab: v.picklist(TABS),
  /** Path of the item whose details are shown; the last one's when that no longer exists. */
  detailsOf: v.nullable(v.string()),
  /** The background of exported pictures. */
  ground: v.picklist(GROUNDS),
});
export type PanelMemory = ViewMemory<v.InferOutput<typeof schema>>;

export const panelMemory = (slot: StateSlot): PanelMemory =>
  new ViewMemory(slot, schema, { ...DEFAULT_CHOICES, tab: 'spectrum', detailsOf: null, ground: 'light' });
