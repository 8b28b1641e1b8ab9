import { defineConfig } from 'vitest/config';
import { kernelVitePlugin } from './scripts/kernel.mjs';

export default defineConfig({
  plugins: [kernelVitePlugin()],
  test: {
    include: ['test/{unit,fuzz,cluster,remote}/**/*.test.ts'],
    setupFiles: ['test/unit/support/turn.ts'],
    // Safety nets, for tests without an end: no test measures speed, and machines may be as busy as they like.
    testTimeout: 600_000,
    hookTimeout: 600_000,
  },
});
