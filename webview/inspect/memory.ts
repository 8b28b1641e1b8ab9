/** The reader's choices that the inspect view remembers. */
import * as v from 'valibot';
import { count, finite } from '../../src/protocol/numbers';
import { ViewMemory, type StateSlot } from '../shell/viewMemory';
import { FACT_KEYS } from '../../src/protocol/tensorFacts';
import { COLUMNS } from './order';

const schema = v.object({
  query: v.string(),
  /** `all`, `network`, `left-out`, or the name of a role. */
  part: v.string(),
  column: v.picklist(COLUMNS),
  descending: v.boolean(),
  /** The column by which the table of facts is ordered. */
  facts: v.object({
    column: v.picklist(['name', 'shape', 'type', ...FACT_KEYS]),
    descending: v.boolean(),
  }),
  /** Scroll position of the table in pixels. */
  scrollTop: finite,
  /** The tensor whose details are shown. Its index finds it at once; its name shows that the file is still the same. */
  selected: v.nullable(v.object({ tensor: count, name: v.string() })),
});
export type InspectMemory = ViewMemory<v.InferOutput<typeof schema>>;

export const inspectMemory = (slot: StateSlot): InspectMemory =>
  new ViewMemory(slot, schema, {
    query: '',
    part: 'all',
    column: 'name',
    descending: false,
    facts: { column: 'name', descending: false },
    scrollTop: 0,
    selected: null,
  });
