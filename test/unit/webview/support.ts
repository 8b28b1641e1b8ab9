import { afterEach, beforeEach, expect, vi, type MockInstance } from 'vitest';
import { analyzed, type Analyzed } from '../../../webview/data/analyzed';
import { fixture, type FixtureOptions } from '../../preview/fixtures';

/** An item of the panel with known answers. */
export function item(options: FixtureOptions = {}): Analyzed {
  const { result, arrays } = fixture({ samples: 4, neurons: 24, ...options });
  return analyzed(result.checkpoint.path, result.checkpoint.name, result, arrays);
}

/** A run of `steps.length` checkpoints whose α₀ falls from 0.97 in steps of 0.02. */
export const run = (...steps: number[]): Analyzed[] =>
  steps.map((step, index) => item({ name: `run/step${step}`, step, center: 0.97 - 0.02 * index }));

/** Fails every test of the file that warns on the console. */
export function failOnConsole(): void {
  let spies: MockInstance[] = [];
  beforeEach(() => {
    spies = (['warn', 'error'] as const).map((method) => vi.spyOn(console, method).mockReturnValue());
  });
  afterEach(() => {
    for (const spy of spies) {
      expect(spy).not.toHaveBeenCalled();
      spy.mockRestore();
    }
  });
}
