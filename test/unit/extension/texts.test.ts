import { describe, expect, it } from 'vitest';
import { describeFailures } from '../../../src/extension/failureText';
import { describeProgress } from '../../../src/extension/progressText';
import type { ErrorData } from '../../../src/protocol/errors';
import type { SpectrumItem, SpectrumItemState } from '../../../src/protocol/panel';
import { english as t } from '../../../src/protocol/translate';

const item = (name: string, state: SpectrumItemState): SpectrumItem => ({ path: `/${name}`, name, state });
const running = (done: number, bytesRead: number): SpectrumItemState => ({
  kind: 'running',
  progress: { done, total: 10, bytesRead },
});

describe('describeProgress', () => {
  it('tells the share and the bytes of one checkpoint', () => {
    expect(describeProgress([item('a', running(4, 12_345_678))], t)).toEqual({
      message: '40 % · 12.3\u202fMB read',
      fraction: 0.4,
    });
  });

  it('says what happens before the first sample', () => {
    expect(describeProgress([item('a', { kind: 'waiting' })], t)).toEqual({
      message: 'reading headers',
      fraction: 0,
    });
  });

  it('says which of several checkpoints is at work', () => {
    const items = [
      item('a', { kind: 'cancelled' }),
      item('b', running(5, 1000)),
      item('c', running(0, 500)),
      item('d', { kind: 'waiting' }),
    ];
    expect(describeProgress(items, t)).toEqual({
      message: '1 of 4 · b: 50 % · 1.5\u202fkB read',
      fraction: 1.5 / 4,
    });
  });

  it('divides nothing by zero', () => {
    const empty = item('a', { kind: 'running', progress: { done: 0, total: 0, bytesRead: 0 } });
    expect(describeProgress([empty], t).fraction).toBe(0);
    expect(describeProgress([], t).fraction).toBe(0);
  });
});

describe('describeFailures', () => {
  const failure = (code: ErrorData['code']): ErrorData => ({
    code,
    subject: '/m.safetensors',
    cause: 'the header is cut short',
    nextStep: 'Download the file again',
  });
  const sentence = '/m.safetensors: the header is cut short. Download the file again.';

  it('names file, cause and next step', () => {
    expect(describeFailures([failure('damaged')], 1, t)).toEqual({
      message: sentence,
      retry: true,
      settings: false,
    });
  });

  it('counts the failures of several', () => {
    const { message } = describeFailures([failure('damaged'), failure('missing')], 3, t);
    expect(message).toBe(`2 of 3 checkpoints could not be analyzed. ${sentence}`);
  });

  it('offers to retry only what may succeed', () => {
    expect(describeFailures([failure('unsupported')], 1, t).retry).toBe(false);
    expect(describeFailures([failure('unsupported'), failure('worker-died')], 2, t).retry).toBe(true);
  });

  it('offers the settings for a setting that is wrong', () => {
    expect(describeFailures([failure('usage')], 1, t)).toMatchObject({ retry: false, settings: true });
  });
});
