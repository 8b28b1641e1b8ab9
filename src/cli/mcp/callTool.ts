/** A tool of agents, carried out by the command line, whose JSON becomes a small answer. */
import { isOneCheckpoint } from '../../core/checkpoint/resolve';
import { analysisAnswer, comparisonAnswer, runsAnswer, seriesAnswer } from '../../core/agents/answers';
import { argumentsOf, EXPLANATIONS, TOOLS, type ToolName } from '../../core/agents/tools';
import { searchFolder } from '../../core/run/searchFolder';
import type { AnalysisResult } from '../../protocol/analysis';
import type { Comparison } from '../../protocol/comparison';
import type { RunSeries } from '../../protocol/run';
import { EXIT, type CliEnvironment } from '../environment';

export type RunWords = (words: readonly string[], env: CliEnvironment) => Promise<number>;

/** @returns JSON. @throws Error that says what is wrong, in the words of the command line. */
export async function callTool(
  name: string,
  given: unknown,
  env: CliEnvironment,
  runWords: RunWords,
): Promise<string> {
  const isKnown = (word: string): word is ToolName => TOOLS.some((tool) => tool.name === word);
  if (!isKnown(name)) throw new Error(`There is no tool ${JSON.stringify(name.slice(0, 80))}.`);
  const failures: string[] = [];
  const answer = await CALLS[name](given, (words) => jsonOf(words, env, runWords, failures));
  return JSON.stringify(failures.length === 0 ? answer : { ...answer, failures });
}

/** What the command line prints as JSON for these words. */
type Ask = (words: readonly string[]) => Promise<unknown>;

/** Of many checkpoints that failed, the first. */
const MOST_FAILURES = 8;
/** What is a word, whatever it begins with. */
const END_OF_OPTIONS = '--';
const nullsWords = (nulls: boolean): string[] => (nulls ? ['--nulls'] : []);

const CALLS: Readonly<Record<ToolName, (given: unknown, ask: Ask) => Promise<object>>> = {
  neuromfa_list_runs: async (given) => {
    const { folder } = argumentsOf('neuromfa_list_runs', given);
    const { series } = await searchFolder(folder);
    return runsAnswer(series.filter(({ checkpoints }) => checkpoints.length > 1));
  },
  neuromfa_analyze: async (given, ask) => {
    const { path, nulls } = argumentsOf('neuromfa_analyze', given);
    const words = ['--json', ...nullsWords(nulls), END_OF_OPTIONS, path];
    if (!isOneCheckpoint(path)) {
      const [series] = (await ask(['run', ...words])) as [RunSeries];
      return seriesAnswer(series);
    }
    const [result] = (await ask(['analyze', ...words])) as [AnalysisResult];
    return analysisAnswer(result);
  },
  neuromfa_compare: async (given, ask) => {
    const { a, b, nulls } = argumentsOf('neuromfa_compare', given);
    const words = ['compare', '--json', ...nullsWords(nulls), END_OF_OPTIONS, a, b];
    return comparisonAnswer((await ask(words)) as Comparison);
  },
  neuromfa_explain: (given) => {
    const { term } = argumentsOf('neuromfa_explain', given);
    return Promise.resolve({ term, explanation: EXPLANATIONS[term] });
  },
};

/** @param failures gets what failed beside the answer. @throws Error with the reasons where there is no answer. */
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
  if (exit !== EXIT.success) {
    for (const line of errors.trim().split('\n').slice(0, MOST_FAILURES)) failures.push(line);
  }
  return found;
}
