/** What the values of a tensor are like, without holding it. */
import type { TensorFacts } from '../../protocol/tensorFacts';
import { isDecodable } from '../checkpoint/dtype';
import type { ReadRows } from '../weights/kinds';
import type { OpenFile } from '../weights/rowSource';
import { chunksOf, type ValueSource } from './values';

const BINS = 64;

type Values = NonNullable<TensorFacts['values']>;

/** @param check called before each chunk; whatever it throws ends it. */
export function tensorFacts(
  source: ValueSource,
  files: OpenFile,
  rows: ReadRows,
  check: () => void,
): TensorFacts {
  const { name, stored, shape, elements, dtype } = source;
  const facts = { name, dtype: stored, shape: [...shape], elements };
  if (!isDecodable(dtype)) return { ...facts, values: null };
  const range = new Range();
  for (const { values } of chunksOf(source, files, rows)) {
    check();
    range.add(values!);
  }
  const around = new Around(range);
  if (range.count > 0) {
    for (const { values } of chunksOf(source, files, rows)) {
      check();
      around.add(values!);
    }
  }
  return { ...facts, values: { ...range.facts, ...around.facts } };
}

/** Sums are added up chunk by chunk, so that long tensors lose no digits. */
class Range {
  nan = 0;
  zeros = 0;
  count = 0;
  min = Infinity;
  max = -Infinity;
  #all = 0;
  #sum = 0;
  #squares = 0;

  add(values: Float64Array): void {
    let nan = 0;
    let zeros = 0;
    let count = 0;
    let sum = 0;
    let squares = 0;
    let min = this.min;
    let max = this.max;
    for (const value of values) {
      if (value - value === 0) {
        count++;
        if (value === 0) zeros++;
        if (value < min) min = value;
        if (value > max) max = value;
        sum += value;
        squares += value * value;
      } else if (Number.isNaN(value)) nan++;
    }
    this.#all += values.length;
    this.nan += nan;
    this.zeros += zeros;
    this.count += count;
    this.min = min;
    this.max = max;
    this.#sum += sum;
    this.#squares += squares;
  }

  get mean(): number {
    return this.#sum / this.count;
  }

  get facts(): Omit<Values, 'sd' | 'histogram'> {
    const { nan, zeros, count, min, max, mean } = this;
    return {
      nan,
      infinite: this.#all - count - nan,
      zeros,
      min: orNull(min),
      max: orNull(max),
      mean: orNull(mean),
      rms: orNull(Math.sqrt(this.#squares / count)),
    };
  }
}

class Around {
  readonly #mean: number;
  /** Values per bin and unit; 0 where no histogram is made. */
  readonly #scale: number;
  readonly #counts = new Float64Array(BINS);
  #squares = 0;

  constructor(private readonly range: Range) {
    this.#mean = range.mean;
    const scale = BINS / (range.max - range.min);
    this.#scale = Number.isFinite(scale) && scale > 0 ? scale : 0;
  }

  add(values: Float64Array): void {
    const { min } = this.range;
    const mean = this.#mean;
    const scale = this.#scale;
    const counts = this.#counts;
    let squares = 0;
    for (const value of values) {
      if (value - value !== 0) continue;
      const from = value - mean;
      squares += from * from;
      if (scale > 0) counts[Math.min(BINS - 1, Math.floor((value - min) * scale))]!++;
    }
    this.#squares += squares;
  }

  get facts(): Pick<Values, 'sd' | 'histogram'> {
    const { min, max, count } = this.range;
    return {
      sd: orNull(Math.sqrt(this.#squares / count)),
      histogram: this.#scale > 0 ? { min, max, counts: [...this.#counts] } : null,
    };
  }
}

const orNull = (value: number): number | null => (Number.isFinite(value) ? value : null);
