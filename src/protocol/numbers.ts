/** Numbers that may cross a boundary: JSON has neither NaN nor infinities, and reads 1e400 as infinity. */
import * as v from 'valibot';

export const finite = v.pipe(v.number(), v.finite());
/** Null where there is none. */
export const maybe = v.nullable(finite);
export const whole = v.pipe(finite, v.integer());
export const count = v.pipe(whole, v.minValue(0));
/** Least and greatest, or the two ends of an interval. */
export const pair = v.tuple([finite, finite]);

/**
 * A list of numbers. Validates as `v.array(of)`, but what it accepts at a glance it takes as it is: results hold thousands of
 * numbers, and every one of them would be an object of the validator.
 */
function list<T extends typeof finite | typeof count>(
  of: T,
  accepts: (value: number) => boolean,
): v.ArraySchema<T, undefined> {
  const slow = v.array(of);
  const run: (typeof slow)['~run'] = (dataset, config) => {
    const { value } = dataset;
    if (!Array.isArray(value)) return slow['~run'](dataset, config);
    for (const each of value as unknown[])
      if (typeof each !== 'number' || !accepts(each)) return slow['~run'](dataset, config);
    return { typed: true, value: value as number[] };
  };
  return { ...slow, '~run': run };
}

export const finites = list(finite, Number.isFinite);
export const counts = list(count, (value) => Number.isInteger(value) && value >= 0);
