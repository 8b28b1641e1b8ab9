/**
 * The long lists of numbers in a result's samples, joined into one array: reading them as JSON took more than half of the
 * time of finding a result again, and most users of a stored result want few of them.
 *
 * In a packed result each list is its length alone; the array has the values of all in order, NaN in place of null.
 */
import * as v from 'valibot';
import { analysisSchema, type AnalysisResult, type SampleResult } from '../../protocol/analysis';
import { count } from '../../protocol/numbers';
import { DamagedEntry } from './verdicts';

const LENGTHS = {
  radii: count,
  edgesAt: count,
  lnMu: count,
  tau: count,
  intercept: count,
  r2: count,
  alpha: count,
  f: count,
};
type ListName = keyof typeof LENGTHS;
const NAMES = Object.keys(LENGTHS) as ListName[];

const packedSampleSchema = v.object({ ...analysisSchema.entries.samples.item.entries, ...LENGTHS });
export const packedSchema = v.object({ ...analysisSchema.entries, samples: v.array(packedSampleSchema) });
type PackedResult = v.InferOutput<typeof packedSchema>;
type PackedSample = v.InferOutput<typeof packedSampleSchema>;

export function packLists(result: AnalysisResult): {
  result: PackedResult;
  values: Float64Array<ArrayBuffer>;
} {
  const lists = result.samples.flatMap((sample) => NAMES.map((name): SampleResult['r2'] => sample[name]));
  const values = new Float64Array(lists.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const list of lists) for (const value of list) values[at++] = value ?? NaN;
  const lengthsOf = (sample: SampleResult): Record<ListName, number> =>
    Object.fromEntries(NAMES.map((name) => [name, sample[name].length])) as Record<ListName, number>;
  const samples = result.samples.map((sample) => ({ ...sample, ...lengthsOf(sample) }));
  return { result: { ...result, samples }, values };
}

/**
 * The result that was packed. Its lists are made when they are asked for.
 * @throws DamagedEntry where the values are not those of such lists.
 */
export function unpackLists(packed: PackedResult, values: Float64Array): AnalysisResult {
  let at = 0;
  const samples = packed.samples.map((sample) => {
    const begins = NAMES.map((name) => {
      const begin = at;
      at += sample[name];
      if (at > values.length || !fits(name, values, begin, at))
        throw new DamagedEntry(`${name} of the sample ${sample.seed} is not as it should be`);
      return begin;
    });
    return lazySample(sample, [...begins, at], values);
  });
  if (at !== values.length) throw new DamagedEntry('its lists have another length');
  return { ...packed, samples };
}

/** As the schema of results has it. */
function fits(name: ListName, values: Float64Array, begin: number, end: number): boolean {
  for (let i = begin; i < end; i++) {
    const value = values[i]!;
    if (Number.isFinite(value) ? name === 'edgesAt' && !isCount(value) : name !== 'r2' || value === value)
      return false;
  }
  return true;
}

const isCount = (value: number): boolean => Number.isInteger(value) && value >= 0;

/** Where the lists of a sample lie that have not been asked for; each ends where the next one begins. */
interface Place {
  values: Float64Array;
  begins: readonly number[];
}
const PLACES = new WeakMap<object, Place>();

/** One for all samples: a property of each sample until it is read, and its value from then on. */
const LAZY = Object.fromEntries(
  NAMES.map((name, index) => [
    name,
    {
      enumerable: true,
      configurable: true,
      get(this: object) {
        const { values, begins } = PLACES.get(this)!;
        const value = listIn(values, begins[index]!, begins[index + 1]!);
        Object.defineProperty(this, name, { value, enumerable: true, configurable: true, writable: true });
        return value;
      },
    },
  ]),
);

function lazySample(sample: PackedSample, begins: readonly number[], values: Float64Array): SampleResult {
  PLACES.set(sample, { values, begins });
  return Object.defineProperties(sample, LAZY) as unknown as SampleResult;
}

function listIn(values: Float64Array, begin: number, end: number): (number | null)[] {
  const list: (number | null)[] = [];
  for (let i = begin; i < end; i++) {
    const value = values[i]!;
    list.push(Number.isNaN(value) ? null : value);
  }
  return list;
}
