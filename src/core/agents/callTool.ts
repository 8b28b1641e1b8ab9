/** Runs a tool for agents and makes a small answer from its results; every program that offers the tools uses this. */
import type { AnalysisResult } from '../../protocol/analysis';
import type { Comparison } from '../../protocol/comparison';
import type { RunSeries } from '../../protocol/run';
import { isRemote } from '../../protocol/subject';
import { isOneCheckpoint } from '../checkpoint/resolve';
import { searchFolder } from '../run/searchFolder';
import { analysisAnswer, comparisonAnswer, runsAnswer, seriesAnswer } from './answers';
import { argumentsOf, EXPLANATIONS, TOOLS, type ToolName } from './tools';

/** What a program computes for tools. @throws Error whose message says what is wrong. */
export interface AgentHost {
  analysis: (path: string, nulls: boolean) => Promise<AnalysisResult>;
  /** @param failures receives the failures of single checkpoints. */
  series: (folder: string, nulls: boolean, failures: string[]) => Promise<RunSeries>;
  comparison: (a: string, b: string, nulls: boolean, failures: string[]) => Promise<Comparison>;
}

/** Number of failures to list when many checkpoints fail. */
const MAX_FAILURES = 8;

type Call = (given: unknown, host: AgentHost, failures: string[]) => Promise<object>;

const CALLS: Readonly<Record<ToolName, Call>> = {
  neuromfa_list_runs: async (given) => {
    const { folder } = argumentsOf('neuromfa_list_runs', given);
    const { series } = await searchFolder(folder);
    return runsAnswer(series.filter(({ checkpoints }) => checkpoints.length > 1));
  },
  neuromfa_analyze: async (given, host, failures) => {
    const { path, nulls } = argumentsOf('neuromfa_analyze', given);
    return isOneCheckpoint(path)
      ? analysisAnswer(await host.analysis(path, nulls))
      : seriesAnswer(await host.series(path, nulls, failures));
  },
  neuromfa_compare: async (given, host, failures) => {
    const { a, b, nulls } = argumentsOf('neuromfa_compare', given);
    return comparisonAnswer(await host.comparison(a, b, nulls, failures));
  },
  neuromfa_explain: (given) => {
    const { term } = argumentsOf('neuromfa_explain', given);
    return Promise.resolve({ term, explanation: EXPLANATIONS[term] });
  },
};

/** Only users name addresses: nothing is asked of a server because a model wants it. */
function refuseAddress(word: unknown): void {
  if (typeof word !== 'string' || !isRemote(word)) return;
  throw new Error(
    'Addresses are read for users alone, and these tools read files of this machine: ask the user to run neuromfa analyze or neuromfa run with the address, or to download the checkpoint.',
  );
}

/** @returns JSON. @throws Error whose message says what is wrong. */
export async function callTool(name: string, given: unknown, host: AgentHost): Promise<string> {
  const isKnown = (word: string): word is ToolName => TOOLS.some((tool) => tool.name === word);
  if (!isKnown(name)) throw new Error(`There is no tool ${JSON.stringify(name.slice(0, 80))}.`);
  for (const [, word] of Object.entries(given ?? {})) refuseAddress(word);
  const failures: string[] = [];
  const answer = await CALLS[name](given, host, failures);
  const listed = failures.slice(0, MAX_FAILURES);
  return JSON.stringify(listed.length === 0 ? answer : { ...answer, failures: listed });
}
