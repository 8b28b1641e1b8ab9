/** Computes what tools of agents ask for with the command line. */
import type { AgentHost } from '../../core/agents/callTool';
import type { AnalysisResult } from '../../protocol/analysis';
import type { Comparison } from '../../protocol/comparison';
import type { RunSeries } from '../../protocol/run';
import { EXIT, type CliEnvironment } from '../environment';

export type RunWords = (words: readonly string[], env: CliEnvironment) => Promise<number>;

/** After this, a word is no option, whatever it begins with. */
const END_OF_OPTIONS = '--';

/** @param runWords runs the command line itself. */
export function commandHost(env: CliEnvironment, runWords: RunWords): AgentHost {
  const ask = (command: string, nulls: boolean, paths: readonly string[], failures: string[]) =>
    jsonOf(
      [command, '--json', ...(nulls ? ['--nulls'] : []), END_OF_OPTIONS, ...paths],
      env,
      runWords,
      failures,
    );
  return {
    analysis: async (path, nulls) => {
      const [result] = (await ask('analyze', nulls, [path], [])) as [AnalysisResult];
      return result;
    },
    series: async (folder, nulls, failures) => {
      const [series] = (await ask('run', nulls, [folder], failures)) as [RunSeries];
      return series;
    },
    comparison: async (a, b, nulls, failures) =>
      (await ask('compare', nulls, [a, b], failures)) as Comparison,
  };
}

/** @param failures receives failures besides the answer. @throws Error with the reasons where there is no answer. */
async function jsonOf(
  words: readonly string[],
  env: CliEnvironment,
  runWords: RunWords,
  failures: string[],
): Promise<unknown> {
  let [out, errors] = ['', ''];
  const exit = await runWords(words, {
    ...env,
    interactive: false,
    writeResult: (text) => {
      out += text;
      return Promise.resolve();
    },
    writeError: (text) => {
      errors += text;
    },
  });
  const found = out === '' ? [] : (JSON.parse(out) as unknown);
  if (Array.isArray(found) && found.length === 0) throw new Error(errors.trim() || 'There is no result.');
  if (exit !== EXIT.success) for (const line of errors.trim().split('\n')) failures.push(line);
  return found;
}
