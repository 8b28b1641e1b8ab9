/** Any text as a file of results: what is taken can be shown, reported and saved again. */
import * as v from 'valibot';
import { expect } from 'vitest';
import { reportPage } from '../../src/core/report/reportPage';
import { readResults, writeResults, type SavedRun } from '../../src/core/store/resultsFile';
import { SavedRuns } from '../../src/extension/runs/savedRuns';
import { REPORT_DATA_ID, reportSchema } from '../../src/protocol/report';
import { runsModelSchema } from '../../src/protocol/trends';
import { RunBench, silent } from '../unit/extension/runBench';
import { makeAnalysis } from '../unit/support/analysis';
import { makeResult } from '../unit/support/results';
import { mutateSome } from './support/bytes';
import { expectFinite, expectRefusal, expectSound } from './support/expectations';
import { Folder } from './support/folder';
import { anyStyle, mutateJson, toEntries, writeJson } from './support/json';
import type { Random } from './support/random';
import { fuzz, type Outcome } from './support/target';

const folder = new Folder();
const path = folder.at('results.json');
const runSchema = runsModelSchema.entries.runs.item;

interface Input {
  text: Uint8Array;
}

function make(random: Random): Input {
  const made = random.list(1, 3, (i) => ({
    name: `step${i}`,
    step: random.chance(0.9) ? 1000 * i : null,
    result: makeResult(
      random.list(2, 2, () => ({
        alpha0: random.fraction(),
        width: random.fraction(),
        filtered: random.chance(0.1),
      })),
      { checkpoint: { path: `/run/step${i}/model.safetensors`, step: 1000 * i } },
    ),
  }));
  const drawn = (): SavedRun['initial'] => (random.chance(0.3) ? makeAnalysis().result : null);
  const gaussian = drawn();
  const saved: SavedRun = {
    run: { name: 'run', path: '/run', orderedBy: random.pick(['step', 'time']) },
    checkpoints: made,
    initial: drawn(),
    ...(gaussian && { gaussian }),
  };
  let file = toEntries(JSON.parse(writeResults(saved)));
  if (random.chance(0.85))
    for (let left = random.between(1, 3); left > 0; left--) file = mutateJson(random, file);
  return { text: mutateSome(random, Buffer.from(writeJson(random, file, anyStyle(random))), 0.9) };
}

async function check({ text }: Input): Promise<Outcome> {
  folder.fill({ 'results.json': text });
  const saved = new SavedRuns(folder.at('copies'), silent);
  let id: string;
  try {
    id = await saved.import(path);
  } catch (error) {
    return expectRefusal(error, path);
  }
  const bench = new RunBench();
  bench.list.set(saved.runs);
  for (const kind of ['first', 'init', 'gaussian'] as const) {
    await bench.choices.setBaseline({ kind });
    const model = bench.runs.model(id)!;
    expectSound(runSchema, model);
    expect(model.spectra).toHaveLength(model.checkpoints.length);
    expectReport(model);
  }
  const again = (await bench.runs.resultsToSave(bench.runs.get(id)!))!;
  expect(readResults(writeResults(again), path).checkpoints).toHaveLength(again.checkpoints.length);
  await saved.remove(id);
  return 'taken';
}

/** The page understands what is written into it. */
function expectReport({ series, spectra }: v.InferOutput<typeof runSchema>): void {
  const page = reportPage([{ series: series!, spectra }], { script: '', styles: '' });
  const data = new RegExp(`id="${REPORT_DATA_ID}">(.*)</script>`).exec(page)![1]!;
  const report: unknown = JSON.parse(data);
  expectSound(reportSchema, report);
  expectFinite(report);
}

fuzz({ name: 'results', make, check });
