import { defineConfig } from 'vitest/config';
import { kernelVitePlugin } from './scripts/kernel.mjs';

export default defineConfig({
  plugins: [kernelVitePlugin()],
  test: { include: ['test/unit/**/*.test.ts'], testTimeout: 60_000 },
});
