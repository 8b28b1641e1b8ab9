/** What commands say, and when: the end of an analysis once, progress only where nothing in sight tells it. */
import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { RunChooser } from '../../../src/extension/commands/chooseRuns';
import { registerRunCommands, type RunCommandServices } from '../../../src/extension/commands/runCommands';
import { COMMANDS } from '../../../src/extension/ids';
import { SpectrumSession } from '../../../src/extension/panels/spectrumSession';
import { Runner } from '../../../src/extension/services/runner';
import type { TreeNode } from '../../../src/extension/views/runsTree';
import { settings } from '../support/analysis';
import { run, RunBench } from './runBench';

const editor = vi.hoisted(() => ({
  commands: new Map<string, (...args: unknown[]) => Promise<void>>(),
  said: [] as unknown[][],
  answer: undefined as string | undefined,
  progress: [] as string[],
}));

vi.mock('vscode', () => {
  const say = (...args: unknown[]): Promise<string | undefined> => {
    editor.said.push(args);
    return Promise.resolve(editor.answer);
  };
  return {
    commands: {
      registerCommand: (id: string, command: (...args: unknown[]) => Promise<void>) => {
        editor.commands.set(id, command);
        return { dispose: () => undefined };
      },
    },
    l10n: {
      t: (words: string, ...args: unknown[]) => words.replace(/\{(\d)\}/g, (_, i) => String(args[Number(i)])),
    },
    ProgressLocation: { Notification: 15 },
    Uri: vi.fn(),
    window: {
      showInformationMessage: say,
      showWarningMessage: say,
      showErrorMessage: say,
      withProgress: ({ title }: { title: string }, work: (...args: unknown[]) => unknown) => {
        editor.progress.push(title);
        return work(
          { report: () => undefined },
          { onCancellationRequested: () => ({ dispose: () => undefined }) },
        );
      },
    },
  };
});

const a = run('a');

beforeEach(() => {
  editor.said = [];
  editor.progress = [];
  editor.answer = undefined;
});

describe('"Analyze Run"', () => {
  interface Answered {
    bench: RunBench;
    opened: string[];
    analyze: () => Promise<void>;
  }
  function answered({ sees = false, opens = true } = {}): Answered {
    const bench = new RunBench(a);
    const opened: string[] = [];
    registerRunCommands({
      runs: bench.runs,
      scheduler: bench.scheduler,
      choices: bench.choices,
      actions: bench.actions,
      found: bench.found,
      attention: bench.attention,
      chooser: new RunChooser(bench.runs, bench.found),
      refresh: () => Promise.resolve(),
      openRuns: (view, ids) => opened.push(`${view} ${ids.join(' ').trim()}`),
      seesRuns: () => sees,
      opensTrends: () => opens,
      pickMetrics: () => Promise.resolve(),
      openCheckpoints: () => Promise.resolve(),
      inspectCheckpoint: () => Promise.resolve(),
      rowsAtKey: () => Promise.resolve([]),
      linkTo: () => '',
    });
    return { bench, opened, analyze: () => editor.commands.get(COMMANDS.analyzeRun)!() };
  }

  it('opens Trends, which tells the end where it is seen', async () => {
    const { opened, analyze } = answered({ sees: true });
    await analyze();
    expect(opened).toEqual(['trends /a']);
    expect(editor.said).toEqual([]);
  });

  it('tells its end once where no panel does, with the way to it, also of a run that is complete', async () => {
    const { opened, analyze } = answered({ opens: false });
    const end = ['a: all 3 checkpoints are analyzed.', 'Open Trends'];
    await analyze();
    expect(editor.said).toEqual([end]);
    expect(opened).toEqual([]);
    editor.answer = 'Open Trends';
    await analyze();
    expect(editor.said).toEqual([end, end]);
    expect(opened).toEqual(['trends /a']);
  });

  it('tells no end of what was stopped or has failed', async () => {
    const stopped = answered();
    stopped.bench.engine.gate = new Promise(() => undefined);
    const analyzing = stopped.analyze();
    await vi.waitFor(() => {
      expect(stopped.bench.scheduler.progress).not.toBeNull();
    });
    stopped.bench.scheduler.cancel();
    await analyzing;
    const failed = answered();
    failed.bench.engine.failures.set('/a/b', new Error('unreadable'));
    await failed.analyze();
    expect(failed.bench.failures).toHaveLength(1);
    expect(editor.said).toEqual([]);
  });
});

describe('a key in the list of training runs', () => {
  it('is about the row that the list has the focus on, however many runs there are', async () => {
    const bench = new RunBench(a, run('b'));
    const opened: string[] = [];
    const at: TreeNode[] = [{ kind: 'run', id: bench.runs.list[1]!.id }];
    registerRunCommands({
      ...({ runs: bench.runs, chooser: new RunChooser(bench.runs, bench.found) } as RunCommandServices),
      openRuns: (view, ids) => opened.push(`${view} ${ids.join(' ').trim()}`),
      rowsAtKey: () => Promise.resolve(at),
    });
    const { keybindings } = (
      JSON.parse(readFileSync('package.json', 'utf8')) as {
        contributes: { keybindings: { command: string; args?: unknown }[] };
      }
    ).contributes;
    const { args } = keybindings.find(({ command }) => command === COMMANDS.openTrends)!;
    await editor.commands.get(COMMANDS.openTrends)!(args);
    expect(opened).toEqual(['trends /b']);
  });
});

it('a command without a run that it is about says so in its own words', async () => {
  const { runs, found } = new RunBench(a);
  const none = (): boolean => false;
  const chosen = await new RunChooser(runs, found).choose(undefined, undefined, '', none, 'Nothing is open.');
  expect(chosen).toEqual([]);
  expect(editor.said).toEqual([['Nothing is open.']]);
});

describe('the progress of an analysis', () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  /** Runs one checkpoint for so long. @returns what is told of it. */
  async function runFor(milliseconds: number, inSight: boolean): Promise<string[]> {
    const bench = new RunBench(a);
    bench.engine.gate = new Promise((done) => setTimeout(done, milliseconds));
    const checkpoints = [{ path: '/a/b', name: 'step10' }];
    const session = new SpectrumSession(checkpoints, bench.analyses, bench.scheduler, () => settings);
    const running = new Runner(() => inSight).run(session, {});
    await vi.advanceTimersByTimeAsync(milliseconds + 1000);
    await running;
    expect(session.results).toHaveLength(1);
    return editor.progress;
  }

  it('is told where it lasts and no page shows it', async () => {
    expect(await runFor(2000, false)).toEqual(['Analyzing step10']);
  });

  it('is not told of what ends soon', async () => {
    expect(await runFor(700, false)).toEqual([]);
  });

  it('is not told beside a page that shows it', async () => {
    expect(await runFor(2000, true)).toEqual([]);
  });
});
