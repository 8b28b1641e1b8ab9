/** Moment orders as integer steps around an exact 0, for the kernel's recurrences. */
import type { MomentOrders } from './kernel/kernel';

/** @param q equally spaced and ascending, 0 among them, as made by `momentOrders`. */
export function momentSteps(q: readonly number[]): MomentOrders {
  const down = q.indexOf(0);
  const up = q.length - 1 - down;
  // From the far end, where rounding affects the decimal step least.
  const step = up >= down ? q[q.length - 1]! / up : -q[0]! / down;
  return { step, up, down };
}
