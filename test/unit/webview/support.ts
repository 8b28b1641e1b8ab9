import { afterEach, beforeEach, expect, vi, type MockInstance } from 'vitest';
import { analysed, type Analysed } from '../../../webview/data/analysed';
import { fixture, type FixtureOptions } from '../../preview/fixtures';

/** An item of the panel with known answers. */
export function item(options: FixtureOptions = {}): Analysed {
  const { result, arrays } = fixture({ samples: 4, neurons: 24, ...options });
  return analysed(result.checkpoint.path, result.checkpoint.name, result, arrays);
}

/** A run of `steps.length` checkpoints whose α₀ falls from 0.97 in steps of 0.02. */
export const run = (...steps: number[]): Analysed[] =>
  steps.map((step, index) => item({ name: `run/step${step}`, step, centre: 0.97 - 0.02 * index }));

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
