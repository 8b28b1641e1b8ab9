/**
 * A format is added in one file, a row in the table and `package.json`: one that exists here alone is opened, found as a
 * run, stored, inspected and shown, by the command line, by workers and by the extension.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as v from 'valibot';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { DIALOG_EXTENSIONS } from '../../../src/core/checkpoint/formats/names';
import { FORMATS } from '../../../src/core/checkpoint/formats/table';
import { openCheckpoint } from '../../../src/core/checkpoint/open';
import { InspectSession } from '../../../src/extension/panels/inspectSession';
import { SpectrumSession } from '../../../src/extension/panels/spectrumSession';
import { Discovery } from '../../../src/extension/services/discovery';
import { resolveCheckpoints } from '../../../src/extension/panelCheckpoints';
import { analysisSchema, type Analysis } from '../../../src/protocol/analysis';
import { inspectModelSchema } from '../../../src/protocol/inspect';
import { spectrumModelSchema } from '../../../src/protocol/panel';
import type { RunSeries } from '../../../src/protocol/run';
import { jobOf } from '../../../src/protocol/subject';
import { Scheduler } from '../../../src/worker/scheduler';
import { PAPER, samplePath } from '../support/analyze';
import { bundleCli } from '../support/bundleCli';
import { storedSubject } from '../../../src/protocol/subject';
import { PathEngine } from '../support/engine';
import { dummyFile } from '../support/dummyFormat';
import { foundIn, wantedOf } from '../support/manifest';
import { withDummyFormat } from '../support/withDummyFormat';

vi.mock('../../../src/core/checkpoint/formats/table', async (original) => {
  const { FORMATS: builtIn } = await original<typeof import('../../../src/core/checkpoint/formats/table')>();
  const { dummyFormat } = await import('../support/dummyFormat');
  return { FORMATS: [...builtIn, dummyFormat] };
});

/** What the editor was asked for, and the files that it finds. */
const editor = vi.hoisted(() => ({
  files: [] as string[],
  patterns: [] as string[],
  context: new Map<string, unknown>(),
}));
vi.mock('vscode', () => {
  const nothing = (): object => ({ dispose: () => undefined });
  return {
    env: {},
    commands: {
      executeCommand: (_: string, key: string, value: unknown) =>
        Promise.resolve(editor.context.set(key, value)),
    },
    workspace: {
      createFileSystemWatcher: () => ({
        ...nothing(),
        onDidCreate: nothing,
        onDidChange: nothing,
        onDidDelete: nothing,
      }),
      onDidChangeWorkspaceFolders: nothing,
      onDidChangeConfiguration: nothing,
      findFiles: (pattern: string) => {
        editor.patterns.push(pattern);
        return Promise.resolve(editor.files.map((fsPath) => ({ scheme: 'file', fsPath })));
      },
    },
  };
});

const STEPS = [0, 64];
const folder = mkdtempSync(join(tmpdir(), 'neuromfa-dummy-'));
const run = join(folder, 'run');
const file = (step: number): string => join(run, `step${step}`, 'weights.dummy');

/** Writes the tensors of a checkpoint of the sample run as a file of the format of tests. */
function convert(step: number): void {
  const checkpoint = openCheckpoint(samplePath(step));
  const tensors = checkpoint.tensors.map((tensor) => {
    const bytes = new Uint8Array(tensor.bytes);
    checkpoint.read(tensor, 0, bytes);
    return { name: tensor.name, dtype: tensor.dtype, shape: tensor.shape, bytes };
  });
  checkpoint.close();
  mkdirSync(join(run, `step${step}`), { recursive: true });
  writeFileSync(file(step), dummyFile(tensors));
  writeFileSync(join(run, `step${step}`, 'config.json'), JSON.stringify(checkpoint.config ?? {}));
}

let engine: PathEngine;
beforeAll(async () => {
  await bundleCli(folder, [withDummyFormat]);
  STEPS.forEach(convert);
  engine = new PathEngine({ directory: folder, threads: 1 });
});
afterAll(async () => {
  await engine.dispose();
  rmSync(folder, { recursive: true });
});

describe('on the command line, a format of one file', () => {
  const cli = (...words: string[]): string => {
    const { status, stdout, stderr } = spawnSync(process.execPath, [join(folder, 'cli.js'), ...words], {
      encoding: 'utf8',
    });
    expect([status, stderr]).toEqual([0, expect.any(String)]);
    return stdout;
  };
  const analyzed = (path: string): v.InferOutput<typeof analysisSchema> =>
    v.parse(v.tuple([analysisSchema]), JSON.parse(cli('analyze', path, '--samples', '2', '--json')))[0];

  it('is analyzed: the same weights give the same numbers', () => {
    const result = analyzed(join(run, 'step64'));
    expect(result.checkpoint).toMatchObject({
      path: file(64),
      name: 'step64/weights',
      format: 'dummy',
      step: 64,
    });
    const { samples, summary } = analyzed(samplePath(64));
    expect([result.samples, result.summary]).toEqual([samples, summary]);
  });

  it('is inspected', () => {
    expect(cli('inspect', file(0))).toMatch(/format +dummy/);
  });

  it('is found as a run, whose results are stored and used again', () => {
    const store = join(folder, 'store');
    const words = ['run', run, '--samples', '2', '--json', '--store', store];
    const [series] = JSON.parse(cli(...words)) as RunSeries[];
    expect(series!.points.map(({ step }) => step)).toEqual(STEPS);
    // What checkpoints were is remembered once their files are some seconds old.
    const stored = (): string[] =>
      readdirSync(store, { recursive: true, encoding: 'utf8' })
        .filter((name) => name !== 'descriptions.jsonl')
        .sort();
    const before = stored();
    expect(before.filter((name) => name.endsWith('.json')).length).toBeGreaterThanOrEqual(STEPS.length);
    // With its times, which would differ if anything were computed again.
    expect(JSON.parse(cli(...words))).toEqual([series]);
    expect(stored()).toEqual(before);
  });

  it('is named in the help', () => {
    expect(cli('analyze', '--help')).toContain('.dummy');
  });
});

describe('in the extension, a format of one file', () => {
  const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };

  it('is found as a run, and its folders as checkpoints', async () => {
    editor.files = STEPS.map(file);
    const discovery = new Discovery(silent);
    await discovery.refresh();
    expect(editor.patterns).toEqual([expect.stringContaining('**/*.dummy')]);
    expect(
      discovery.runs.map(({ path, checkpoints }) => [path, checkpoints.map(({ step }) => step)]),
    ).toEqual([[run, STEPS]]);
    const folders = STEPS.map((step) => join(run, `step${step}`));
    expect(editor.context.get('neuromfa.checkpointFolders')).toEqual(folders);
    expect(editor.context.get('neuromfa.runFolders')).toEqual([run]);
    discovery.dispose();
  });

  it('is offered by dialogs', () => {
    expect(DIALOG_EXTENSIONS).toEqual(expect.arrayContaining(['dummy', 'dmy']));
  });

  it('is shown in the inspect view', async () => {
    const session = new InspectSession((signal, onReading) =>
      engine.engine.inspect(storedSubject(file(0)), { signal, onReading }),
    );
    await session.read();
    const { state } = session;
    const shown = v.parse(inspectModelSchema, {
      name: 'step0',
      state,
      facts: { kind: 'none' },
      changed: null,
      l10n: {},
    });
    expect(shown.state).toMatchObject({
      kind: 'done',
      inspection: { format: 'a format of tests', blocks: 6, fault: null },
    });
  });

  it('is shown in the Spectrum panel', async () => {
    const checkpoints = resolveCheckpoints([join(run, 'step64')]);
    const session = new SpectrumSession(
      checkpoints,
      { jobOf, recallFormerAnalysis: () => Promise.resolve(null) },
      new Scheduler<Analysis>(({ subject, settings }) => engine.engine.analyze(subject, settings)),
      () => ({ ...PAPER, samples: 2 }),
    );
    await session.run();
    const items = v.parse(spectrumModelSchema.entries.items, session.items);
    expect(items).toMatchObject([
      { path: file(64), state: { kind: 'done', result: { checkpoint: { format: 'dummy' } } } },
    ]);
  });
});

it('asks for its names in package.json', () => {
  const manifest = readFileSync('package.json', 'utf8');
  const wanted = wantedOf(FORMATS);
  expect(foundIn(manifest)).not.toEqual(wanted);
  const added = manifest
    .replaceAll('$)/', '$|.*\\\\.dummy$|.*\\\\.dmy$)/')
    // Behind the last ones of each list.
    .replace(/("workspaceContains:[^"]*")(?!,\s*"workspaceContains)/, '$1, "workspaceContains:**/*.dummy"')
    .replace(
      /(\{\s*"filenamePattern": "[^"]*"\s*\})(?!,)/,
      '$1, { "filenamePattern": "*.dummy" }, { "filenamePattern": "*.dmy" }',
    );
  expect(foundIn(added)).toEqual(wanted);
});
