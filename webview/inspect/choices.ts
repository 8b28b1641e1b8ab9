/** What the reader has chosen to see: stored while the page is hidden, and over a reload. */
import * as v from 'valibot';
import { finite } from '../../src/protocol/numbers';
import { COLUMNS } from './order';

const schema = v.object({
  version: v.literal(1),
  query: v.string(),
  /** `all`, `network`, `left-out`, or the name of a role. */
  part: v.string(),
  column: v.picklist(COLUMNS),
  descending: v.boolean(),
  scrollTop: finite,
});
export type Choices = v.InferOutput<typeof schema>;

const DEFAULT: Choices = {
  version: 1,
  query: '',
  part: 'all',
  column: 'name',
  descending: false,
  scrollTop: 0,
};

/** The choices in a stored state, or the first ones where it is of another version. */
export function choicesFrom(state: unknown): Choices {
  const parsed = v.safeParse(schema, state);
  return parsed.success ? parsed.output : DEFAULT;
}
