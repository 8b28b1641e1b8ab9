/**
 * How long it takes to find the training runs among 10,000 files, and to add one more file.
 * `node scripts/run-ts.mjs bench/discovery.ts [--editor]`; with `--editor`, after `npm run package`, also the time of
 * the extension's own search in a real workbench.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { searchFolder } from '../src/core/run/searchFolder';
import { launchBrowser } from '../test/vscode/harness/browser';
import { paths } from '../test/vscode/harness/paths';
import { WorkbenchServer } from '../test/vscode/harness/server';
import { Workbench } from '../test/vscode/harness/workbench';
import { markdown, median } from './measure';

const FILES = 10_000;
const ROUNDS = 5;
/** The files that a trainer writes into the folder of each checkpoint. */
const SAVED = [
  'model.safetensors',
  'config.json',
  'generation_config.json',
  'optimizer.pt',
  'rng_state.pth',
  'scheduler.pt',
  'special_tokens_map.json',
  'tokenizer.json',
  'trainer_state.json',
  'training_args.bin',
];

/** The files of each layout; searching looks at names, sizes and times, so one byte is enough. */
const LAYOUTS: Record<string, string[]> = {
  '20 runs of 50 checkpoints, 10 files each': Array.from({ length: FILES }, (_, index) => {
    const [checkpoint, file] = [Math.floor(index / SAVED.length), SAVED[index % SAVED.length]!];
    return `run${Math.floor(checkpoint / 50)}/checkpoint-${100 * (1 + (checkpoint % 50))}/${file}`;
  }),
  '100 runs of 100 files': Array.from(
    { length: FILES },
    (_, index) => `run${Math.floor(index / 100)}/model_${index % 100}.safetensors`,
  ),
  // Only the trainer's notes tell the steps: every one is read.
  '50 runs of 100 checkpoints with notes': Array.from({ length: FILES / 2 }, (_, index) => {
    const folder = `run${Math.floor(index / 100)}/${String.fromCharCode(97 + (index % 100) / 10)}-${index % 10}x`;
    return [`${folder}/model.safetensors`, `${folder}/trainer_state.json`];
  }).flat(),
};

const { values } = parseArgs({ options: { editor: { type: 'boolean', default: false } } });
const rows = [];
for (const [layout, files] of Object.entries(LAYOUTS)) {
  const root = mkdtempSync(join(tmpdir(), 'neuromfa-bench-'));
  try {
    for (const [index, file] of files.entries()) {
      mkdirSync(dirname(join(root, file)), { recursive: true });
      writeFileSync(
        join(root, file),
        file.endsWith('trainer_state.json') ? `{"global_step": ${index}}` : 'x',
      );
    }
    const whole: number[] = [];
    const one: number[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      let begin = performance.now();
      const index = await searchFolder(root);
      if (index.runs.length === 0) throw new Error(`${layout}: no runs`);
      whole.push(performance.now() - begin);
      begin = performance.now();
      index.add([{ path: join(root, 'run0/checkpoint-9000/model.safetensors'), bytes: 1, modified: 1 }]);
      if (index.runs.length === 0) throw new Error(`${layout}: no runs`);
      one.push(performance.now() - begin);
    }
    rows.push({
      layout,
      files: files.length,
      'command line, all (ms)': median(whole).toFixed(0),
      'one file more (ms)': median(one).toFixed(1),
      ...(values.editor && { 'editor, all (ms)': (await inEditor(root)).join(', ') }),
    });
  } finally {
    rmSync(root, { recursive: true });
  }
}
console.log(markdown(rows));

/** Milliseconds of the extension's searches in a workbench, according to its log: the first, then on request. */
async function inEditor(folder: string): Promise<string[]> {
  const server = await WorkbenchServer.start({ vsix: paths.package });
  const browser = await launchBrowser();
  try {
    const workbench = new Workbench(await browser.newPage(), server, folder);
    await workbench.open();
    const times = (): string[] =>
      server
        .logs('NeuroMFA.log')
        .flatMap((log) => [...log.matchAll(/training runs: (\d+) ms/g)].map(([, ms]) => ms!));
    while (times().length === 0) await workbench.page.waitForTimeout(200);
    await workbench.run('NeuroMFA: Refresh Training Runs');
    while (times().length === 1) await workbench.page.waitForTimeout(200);
    return times();
  } finally {
    await browser.close();
    await server.stop();
  }
}
