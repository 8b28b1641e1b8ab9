/** Facts about the values of tensors, as comma-separated values. */
import { csvLine, type CsvCell } from '../../protocol/csv';
import { FACT_KEYS, type TensorFacts } from '../../protocol/tensorFacts';

const BINS = 64;

/** The counts of the histogram are in 64 columns; their bins divide the range from min to max. */
export function* factsAsCsv(tensors: readonly TensorFacts[]): Generator<string, void> {
  const bins = Array.from({ length: BINS }, (_, i) => `histogram_${i}`);
  yield csvLine(['tensor', 'type', 'shape', 'elements', ...FACT_KEYS, ...bins]);
  for (const { name, dtype, shape, elements, values } of tensors) {
    const counts = values?.histogram?.counts;
    yield csvLine([
      name,
      dtype,
      shape.join('x'),
      elements,
      ...FACT_KEYS.map((key): CsvCell => values?.[key] ?? null),
      ...bins.map((_, i): CsvCell => counts?.[i] ?? null),
    ]);
  }
}
