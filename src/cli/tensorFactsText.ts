/** What the values of tensors are like: a table for people, comma-separated values and JSON. */
import { csvLine, type CsvCell } from '../protocol/csv';
import { integer, percent, significant } from '../protocol/format';
import type { TensorFacts } from '../protocol/tensorFacts';
import { tableLines, type Column } from './table';

type Values = NonNullable<TensorFacts['values']>;
type Key = 'min' | 'max' | 'mean' | 'sd' | 'rms';

const KEYS: readonly Key[] = ['min', 'max', 'mean', 'sd', 'rms'];

const COLUMNS: readonly Column<TensorFacts>[] = [
  { title: 'tensor', text: ({ name }) => name },
  { title: 'type', text: ({ dtype }) => dtype },
  { title: 'shape', text: ({ shape }) => `[${shape.join(', ')}]` },
  ...KEYS.map((key): Column<TensorFacts> => ({
    title: key === 'rms' ? 'RMS' : key,
    align: 'right',
    text: ({ values }) => significant(values?.[key]),
  })),
  {
    title: 'zeros',
    align: 'right',
    text: ({ values, elements }) => percent(values && elements > 0 ? values.zeros / elements : null),
  },
  { title: 'NaN', align: 'right', text: ({ values }) => integer(values?.nan) },
  { title: 'infinite', align: 'right', text: ({ values }) => integer(values?.infinite) },
];

/** Line by line: there may be half a million. */
export const factsAsText = (tensors: readonly TensorFacts[]): Generator<string, void> =>
  tableLines(COLUMNS, tensors);

const COUNTS = ['zeros', 'nan', 'infinite'] as const satisfies (keyof Values)[];
const BINS = 64;

/** The counts of the histogram stand in 64 columns; their bins divide the range from min to max. */
export function* factsAsCsv(tensors: readonly TensorFacts[]): Generator<string, void> {
  const bins = Array.from({ length: BINS }, (_, i) => `histogram_${i}`);
  yield csvLine(['tensor', 'type', 'shape', 'elements', ...KEYS, ...COUNTS, ...bins]);
  for (const { name, dtype, shape, elements, values } of tensors) {
    const counts = values?.histogram?.counts;
    yield csvLine([
      name,
      dtype,
      shape.join('x'),
      elements,
      ...KEYS.map((key): CsvCell => values?.[key] ?? null),
      ...COUNTS.map((key): CsvCell => values?.[key] ?? null),
      ...bins.map((_, i): CsvCell => counts?.[i] ?? null),
    ]);
  }
}
