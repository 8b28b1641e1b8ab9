/** Numbers that may cross a boundary: JSON has neither NaN nor infinities, and reads 1e400 as infinity. */
import * as v from 'valibot';

export const finite = v.pipe(v.number(), v.finite());
/** Null where there is none. */
export const maybe = v.nullable(finite);
export const whole = v.pipe(finite, v.integer());
export const count = v.pipe(whole, v.minValue(0));
/** Least and greatest, or the two ends of an interval. */
export const pair = v.tuple([finite, finite]);
