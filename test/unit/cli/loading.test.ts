/** What the command line loads before it knows its command, in the build that is distributed. */
import { build } from 'esbuild';
import { expect, it } from 'vitest';
import { targets } from '../../../scripts/targets.mjs';
import { ROOT } from '../support/golden';

it('loads the code of one command only', async () => {
  const [target] = targets({ production: true, version: '1.2.3-test' }).filter(
    ({ entryPoints = {} }) => 'cli' in entryPoints,
  );
  const { metafile } = await build({ ...target!, absWorkingDir: ROOT, write: false, metafile: true });
  const inputsOf = (entry: string): string[] => {
    const [file] = Object.entries(metafile.outputs).find(([, { entryPoint }]) => entryPoint === entry)!;
    const loaded = new Set([file]);
    for (const each of loaded)
      for (const { path, kind } of metafile.outputs[each]!.imports)
        if (kind === 'import-statement' && path in metafile.outputs) loaded.add(path);
    return [...loaded].flatMap((each) => Object.keys(metafile.outputs[each]!.inputs));
  };
  const commands = (inputs: readonly string[]): string[] =>
    inputs.filter((file) => /src\/cli\/(?:mcp\/)?\w+Command\.ts$/.test(file));
  // Until the first worker has been started, little else than what starts it.
  const first = inputsOf('src/cli/main.ts').filter((file) => file.startsWith('src/'));
  expect(first).toEqual(['src/cli/main.ts']);
  expect(commands(inputsOf('src/cli/cliProcess.ts'))).toEqual([]);
  for (const name of ['analyze', 'run', 'compare', 'inspect', 'jobs', 'task', 'mcp/mcp']) {
    const file = `src/cli/${name}Command.ts`;
    expect(commands(inputsOf(file))).toEqual([file]);
  }
});
