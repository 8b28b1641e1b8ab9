import { beforeEach, describe, expect, it, vi } from 'vitest';
import { StoreFailure } from '../../../src/core/store/storeFailure';
import { FailureReport } from '../../../src/extension/services/failureReport';
import { Unstored } from '../../../src/extension/services/unstored';
import type { EditorLog } from '../../../src/extension/ui/log';
import { eventually } from '../../support/eventually';

/** What was shown, and the button that the user presses. */
const editor = vi.hoisted((): { shown: string[][]; pressed: string | undefined } => ({
  shown: [],
  pressed: undefined,
}));
vi.mock('vscode', () => {
  const show =
    (severity: string) =>
    (...words: string[]): Promise<string | undefined> => {
      editor.shown.push([severity, ...words]);
      return Promise.resolve(editor.pressed);
    };
  return {
    window: {
      showInformationMessage: show('information'),
      showWarningMessage: show('warning'),
      showErrorMessage: show('error'),
    },
    l10n: { t: (message: string) => message },
  };
});

const log = { warn: vi.fn(), error: vi.fn(), show: vi.fn() };
const openSettings = vi.fn();
let unstored: Unstored;
let report: FailureReport;
const nothing = (): Promise<void> => Promise.resolve();
const full = new StoreFailure('/store', 'no space left on device', 'Free some space');

beforeEach(() => {
  vi.clearAllMocks();
  editor.shown = [];
  editor.pressed = undefined;
  unstored = new Unstored();
  report = new FailureReport(log as unknown as EditorLog, openSettings, unstored);
});

describe('results that could not be stored', () => {
  it('are one warning at the end of a request, beside the error for what failed', () => {
    for (let i = 0; i < 4; i++) {
      unstored.count(true);
      if (i > 0) unstored.note(full);
    }
    report.show([{ code: 'damaged', subject: '/a', cause: 'it is cut short', nextStep: '' }], 5, nothing);
    report.show([], 1, nothing);
    expect(editor.shown.map(([severity]) => severity)).toEqual(['warning', 'error']);
    expect(editor.shown[0]!.join(' ')).toMatch(
      /\/store: 3 of 4 results could not be stored in this store: no space left on device\. Free some space, .* Show Log$/,
    );
    expect(log.warn).toHaveBeenCalledTimes(1);
  });

  it('lead to the log', async () => {
    editor.pressed = 'Show Log';
    unstored.count(true);
    unstored.note(full);
    report.show([], 1, nothing);
    await eventually(() => {
      expect(log.show).toHaveBeenCalled();
    });
  });
});

it('a limit that yields leads to the settings', async () => {
  editor.pressed = 'Open Settings';
  report.warn('/store: the results take more', true);
  expect(editor.shown).toEqual([['warning', '/store: the results take more', 'Open Settings', 'Show Log']]);
  await eventually(() => {
    expect(openSettings).toHaveBeenCalled();
  });
});

it('nothing is shown where nothing is wrong', () => {
  unstored.count(true);
  report.show([], 1, nothing);
  expect(editor.shown).toEqual([]);
});
