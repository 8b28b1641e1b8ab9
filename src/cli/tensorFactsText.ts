/** Facts about the values of tensors: a table for people. */
import { integer, percent, significant } from '../protocol/format';
import type { TensorFacts } from '../protocol/tensorFacts';
import { tableLines, type Column } from './table';

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
