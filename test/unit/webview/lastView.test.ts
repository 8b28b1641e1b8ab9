/** What a page tells of how it is looked at. */
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { LastView } from '../../../webview/shell/lastView';

const LOOKS = { zoom: {}, focus: { id: 'axis' } };
const UNFOCUSED = { zoom: {}, focus: null };

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

/** What a page that begins with `state` has told. */
function page(state: unknown): { told: unknown[]; last: LastView } {
  const told: unknown[] = [];
  return { told, last: new LastView(state, (view) => told.push(view)) };
}

it('is the latest of changes that follow each other, without subjects and focus', () => {
  const { told, last } = page(undefined);
  last.changed({ runs: ['/r'], choices: { axis: 'log' }, looks: LOOKS });
  last.changed({ runs: ['/r'], choices: { axis: 'linear' }, looks: LOOKS });
  expect(told).toEqual([]);
  vi.runAllTimers();
  expect(told).toEqual([{ choices: { axis: 'linear' }, looks: UNFOCUSED }]);
  last.changed({ choices: { axis: 'log' }, looks: LOOKS });
  vi.runAllTimers();
  expect(told).toHaveLength(2);
});

it('is nothing while the reader changes nothing: another window may have told something newer', () => {
  const { told, last } = page({ choices: { axis: 'log' }, looks: UNFOCUSED });
  last.changed({ runs: ['/r'], choices: { axis: 'log' }, looks: LOOKS });
  vi.runAllTimers();
  expect(told).toEqual([]);
});
