/** What the command line loads before it knows its command, in the build that is distributed. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build, type Metafile } from 'esbuild';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { LATER } from '../../../scripts/later.mjs';
import { targets } from '../../../scripts/targets.mjs';
import { ROOT } from '../support/golden';
import { npyFile } from '../support/numpy';

let folder: string;
/** Of the program, and of its workers. */
let cli: Metafile;
let workers: Metafile;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'neuromfa-loading-'));
  const built = ['cli', 'job', 'worker'].map(async (entry) => {
    const all = targets({ production: true, version: '1.2.3-test' });
    const target = all.find(({ entryPoints = {} }) => entry in entryPoints)!;
    return build({ ...target, absWorkingDir: ROOT, outdir: folder, metafile: true });
  });
  [cli, workers] = (await Promise.all(built)).map(({ metafile }) => metafile) as [Metafile, Metafile];
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

/** The sources that are loaded with an entry. */
function inputsOf({ outputs }: Metafile, entry: string): string[] {
  const [file] = Object.entries(outputs).find(([, { entryPoint }]) => entryPoint === entry)!;
  const loaded = new Set([file]);
  for (const each of loaded)
    for (const { path, kind } of outputs[each]!.imports)
      if (kind === 'import-statement' && path in outputs) loaded.add(path);
  return [...loaded].flatMap((each) => Object.keys(outputs[each]!.inputs));
}

it('loads the code of one command only', () => {
  const commands = (inputs: readonly string[]): string[] =>
    inputs.filter((file) => /src\/cli\/(?:mcp\/)?\w+Command\.ts$/.test(file));
  // Until the first worker has been started, little else than what starts it.
  const first = inputsOf(cli, 'src/cli/main.ts').filter((file) => file.startsWith('src/'));
  expect(first).toEqual(['src/cli/main.ts']);
  expect(commands(inputsOf(cli, 'src/cli/cliProcess.ts'))).toEqual([]);
  for (const name of ['analyze', 'run', 'compare', 'inspect', 'jobs', 'task', 'mcp/mcp']) {
    const file = `src/cli/${name}Command.ts`;
    expect(commands(inputsOf(cli, file))).toEqual([file]);
  }
});

it('loads readers of formats only where they are needed, workers included', () => {
  const later = Object.values(LATER)
    .flat()
    .map((name) => `src/${name}.ts`);
  expect(later.filter((file) => !existsSync(join(ROOT, file)))).toEqual([]);
  const loaded = [
    ...['src/cli/main.ts', 'src/cli/cliProcess.ts', 'src/cli/analyzeCommand.ts'].map((entry) =>
      inputsOf(cli, entry),
    ),
    inputsOf(workers, 'src/worker/entry.ts').filter((file) => file.includes('/formats/')),
  ].flat();
  expect(loaded).toContain('src/core/checkpoint/formats/safetensors.ts');
  expect(loaded.filter((file) => later.includes(file))).toEqual([]);
  // What they alone need stays away with them.
  expect(loaded.filter((file) => /formats\/(?:hdf5|onnxGraph|zip|torch\/pickle)\.ts$/.test(file))).toEqual(
    [],
  );
});

it('finds them then, and all else that it needs', () => {
  const model = join(folder, 'model.npy');
  writeFileSync(
    model,
    npyFile("'<f4'", [4, 4], new Uint8Array(Float32Array.from({ length: 16 }, (_, i) => i).buffer)),
  );
  const run = (...words: string[]): string => {
    const { stdout, stderr } = spawnSync(process.execPath, [join(folder, 'cli.js'), ...words], {
      encoding: 'utf8',
    });
    return stdout + stderr;
  };
  expect(run('inspect', model)).toMatch(/format +npy\n/);
  // A reader that begins only when its file is opened says what is wrong with it.
  mkdirSync(join(folder, 'checkpoint'));
  writeFileSync(join(folder, 'checkpoint', 'model.gguf'), 'GGUF');
  expect(run('analyze', join(folder, 'checkpoint', 'model.gguf'))).toMatch(
    /model\.gguf: the file is damaged/,
  );
  expect(run('run', join(folder, 'nowhere'))).toMatch(/nowhere/);
});
