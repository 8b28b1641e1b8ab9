/**
 * Lets the event loop turn after every test. Tests that never wait would keep answers of the program that collects their
 * results from arriving, which it takes for a fault after a minute.
 */
import { afterEach } from 'vitest';

// Before any test replaces it.
const { setTimeout } = globalThis;

afterEach(
  () =>
    new Promise<void>((resolve) => {
      setTimeout(resolve);
    }),
);
