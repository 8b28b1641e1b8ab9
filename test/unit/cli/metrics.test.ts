import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import * as v from 'valibot';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { makeSettings } from '../../../src/core/analysis/settings';
import type { Analysis } from '../../../src/protocol/analysis';
import { ACROSS_SCHEMA, acrossSchema } from '../../../src/protocol/metrics';
import { runSeriesSchema } from '../../../src/protocol/run';
import { makeAnalysis } from '../support/analysis';
import { makeResult } from '../support/results';
import { run as runCli, type Outcome } from './fake';

let root: string;
let answers: Record<string, Analysis | Error>;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'neuromfa-metrics-'));
  answers = {};
});
afterEach(() => {
  rmSync(root, { recursive: true });
});

function write(name: string, content: string): string {
  const path = join(root, name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content);
  return path;
}

/** Four checkpoints whose α₀ falls. */
function checkpoints(folder: string, extra = 0): void {
  [0, 10, 200, 3000].forEach((step, i) => {
    const path = write(`${folder}/step${step}/model.safetensors`, 'x');
    const alpha0 = 1 - i / 10 - (i === 3 ? extra : 0);
    const made = makeAnalysis(`${folder}${i}`.padEnd(64, '0'), path);
    const samples = [0, 0.01, 0.02].map((more) => ({ alpha0: alpha0 + more, width: 0.5 + extra }));
    const settings = { ...makeSettings({ samples: 3 }), q: made.result.settings.q };
    answers[path] = {
      ...made,
      result: makeResult(samples, { settings, checkpoint: made.result.checkpoint }),
    };
  });
}

const run = (line: string): Promise<Outcome> =>
  runCli(`run ${line.replaceAll('@', root)} --samples 3 --no-store`, { answers });
const LOSSES = 'step,loss\n0,4\n10,3\n200,2.5\n3000,1\n';

describe('metrics of a run', () => {
  it('are found beside it, said, and set beside E and log(step)', async () => {
    checkpoints('r');
    write('r/metrics.csv', LOSSES);
    write('r/notes.jsonl', 'anything\n');
    const { stdout, stderr, exit } = await run('@/r');
    expect({ exit, stderr }).toEqual({ exit: 0, stderr: '' });
    expect(stdout).toContain('\nmetrics from metrics.csv\n');
    expect(stdout).toMatch(/\nloss +E +4 +−0\.\d{3} +−1\.000/);
    expect(stdout).toMatch(/\nloss +log\(1 \+ step\) +4 +−0\.\d{3}/);
    expect(stdout).toContain('Within one run these are no evidence');
  });

  it('are part of JSON and CSV', async () => {
    checkpoints('r');
    write('r/metrics.csv', LOSSES);
    const [series] = v.parse(v.array(runSeriesSchema), JSON.parse((await run('@/r --json')).stdout));
    expect(series!.metrics).toEqual({
      files: [{ path: join(root, 'r/metrics.csv'), format: 'csv' }],
      values: [{ name: 'loss', values: [4, 3, 2.5, 1] }],
    });
    expect(series!.correlations!.map(({ figure, n }) => [figure, n])).toEqual(
      ['emergence', 'alpha0', 'width', 'logStep'].map((figure) => [figure, 4]),
    );
    const lines = (await run('@/r --csv')).stdout.trim().split('\r\n');
    expect(lines[0]!.endsWith(',metric_loss')).toBe(true);
    expect(lines.slice(1).map((line) => line.split(',').at(-1))).toEqual(['4', '3', '2.5', '1']);
  });

  it('that count steps from 0, as those of Lightning do, stand at the checkpoint one step on, and say so', async () => {
    checkpoints('r');
    write(
      'r/metrics.csv',
      'epoch,step,train_loss,val_loss\n0,9,3,\n0,9,,3.5\n1,199,2,\n2,2999,1,\n2,2999,,1.5\n',
    );
    const { stdout } = await run('@/r');
    expect(stdout).toContain(
      'metrics.csv counts steps from 0: its values at step s − 1 are shown at the checkpoint of step s.\n',
    );
    const [series] = JSON.parse((await run('@/r --json')).stdout) as [{ metrics: unknown }];
    expect(series.metrics).toEqual({
      files: [{ path: join(root, 'r/metrics.csv'), format: 'csv', fromZero: true }],
      values: [
        { name: 'train_loss', values: [null, 3, 2, 1] },
        { name: 'val_loss', values: [null, 3.5, null, 1.5] },
      ],
      epochs: [null, 0, 1, 2],
    });
    // One checkpoint one step off may be chance, as may steps of which some are off.
    write('r/metrics.csv', 'step,loss\n0,1\n9,3\n200,2\n');
    expect((await run('@/r')).stdout).not.toContain('counts steps from 0');
  });

  it('are those that are named, and no others', async () => {
    checkpoints('r');
    write('r/metrics.csv', LOSSES);
    const other = write('elsewhere/scores.jsonl', '{"step": 10, "acc": 0.5}\n');
    const [series] = JSON.parse((await run(`@/r --json --metrics ${other}`)).stdout) as [object];
    expect(series).toMatchObject({ metrics: { values: [{ name: 'acc', values: [null, 0.5, null, null] }] } });
    expect((await run('@/r --no-metrics')).stdout).not.toContain('metrics from');
  });

  it('say before anything is computed what is wrong with a file that is named', async () => {
    checkpoints('r');
    const late = write('late.csv', 'step,loss\n7,1\n8,2\n');
    const none = await run(`@/r --metrics ${late}`);
    expect(none).toMatchObject({ exit: 1, stdout: '', analyzed: [] });
    expect(none.stderr).toContain(
      'none of its steps (such as 7, 8) is that of a checkpoint (such as 0, 10, 200)',
    );
    const gone = await run('@/r --metrics @/gone.csv');
    expect(gone).toMatchObject({ exit: 1, analyzed: [] });
    expect(gone.stderr).toContain('gone.csv: there is no such file');
  });

  it('belong to the run that is named with them, or in whose folder they lie', async () => {
    checkpoints('a');
    checkpoints('b');
    const file = write('loss.csv', LOSSES);
    const own = write('b/own.csv', LOSSES);
    const unknown = await run(`@/a @/b --metrics ${file}`);
    expect(unknown.exit).toBe(2);
    expect(unknown.stderr).toContain('--metrics FOLDER=FILE');
    const both = await run(`@/a @/b --json --metrics @/a=${file} --metrics ${own}`);
    const files = (JSON.parse(both.stdout) as { metrics: { files: { path: string }[] } }[]).map(
      ({ metrics }) => metrics.files,
    );
    expect(files.map((each) => each.map(({ path }) => path))).toEqual([[file], [own]]);
    expect((await run(`@/a @/b --metrics @/c=${file}`)).exit).toBe(2);
  });

  it('of five runs have intervals', async () => {
    const names = ['a', 'b', 'c', 'd', 'e'];
    for (const [i, name] of names.entries()) {
      checkpoints(name, i / 100);
      write(`${name}/metrics.csv`, `step,loss\n3000,${[3, 2.5, 2.6, 2, 1][i]}\n`);
    }
    const folders = names.map((name) => `@/${name}`).join(' ');
    const all = JSON.parse((await run(`${folders} --json`)).stdout) as { schema: string }[];
    expect(all.map(({ schema }) => schema)).toEqual([...names.map(() => 'neuromfa/run@3'), ACROSS_SCHEMA]);
    const across = v.parse(acrossSchema, all.at(-1));
    expect(across.step).toBe(3000);
    expect(across.correlations[0]!.pearson.ci95).not.toBeNull();
    expect((await run(folders)).stdout).toContain('5 runs at step 3,000:');
  });

  it('have no control characters on a terminal, whatever a file calls them', async () => {
    checkpoints('r');
    write('r/metrics.csv', 'step,"\u001b[31mloss\u202e"\n0,4\n10,3\n200,2\n');
    const { stdout } = await run('@/r');
    expect(stdout).toContain('\\u001b[31mloss\\u202e');
    expect(stdout).not.toContain('\u001b');
  });
});
