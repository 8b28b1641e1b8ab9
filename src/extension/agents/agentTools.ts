/** Offers the tools for agents to the editor's language models: each asks before it reads files. */
import type * as vscode from 'vscode';
import { callTool } from '../../core/agents/callTool';
import { TOOLS, type ToolName } from '../../core/agents/tools';
import { registerTool } from '../ui/tools';
import { t } from '../ui/words';
import { editorHost, type EditorHostServices } from './editorHost';

/** Registers them all. */
export function registerAgentTools(services: EditorHostServices): vscode.Disposable[] {
  return TOOLS.map(({ name }) =>
    registerTool({
      name,
      working: (input) => WORDS[name].working(...pathsIn(input)),
      question: (input) => WORDS[name].question?.(...pathsIn(input)) ?? null,
      call: (input, signal) => callTool(name, input, editorHost(services, signal)),
    }),
  );
}

/** The values that a model gives as paths, for messages. */
function pathsIn(input: unknown): [string, string] {
  const given = typeof input === 'object' && input !== null ? (input as Record<string, unknown>) : {};
  const text = (key: string): string => (typeof given[key] === 'string' ? given[key] : '');
  return [text('folder') || text('path') || text('a'), text('b')];
}

interface ToolWords {
  working: (first: string, second: string) => string;
  question?: (first: string, second: string) => { title: string; message: string };
}

const WORDS: Readonly<Record<ToolName, ToolWords>> = {
  neuromfa_list_runs: {
    working: (folder) => t('Looking for training runs in {0}', folder),
    question: (folder) => ({
      title: t('List training runs?'),
      message: t('NeuroMFA reads the names of files below {0}, and the headers of checkpoints.', folder),
    }),
  },
  neuromfa_analyze: {
    working: (path) => t('Analyzing {0}', path),
    question: (path) => ({
      title: t('Analyze weights?'),
      message: t('NeuroMFA reads the weights in {0}, which may take minutes, and stores the result.', path),
    }),
  },
  neuromfa_compare: {
    working: (a, b) => t('Comparing {0} with {1}', a, b),
    question: (a, b) => ({
      title: t('Compare weights?'),
      message: t(
        'NeuroMFA reads the weights in {0} and {1}, which may take minutes, and stores the results.',
        a,
        b,
      ),
    }),
  },
  neuromfa_explain: { working: () => t('Explaining a NeuroMFA number') },
};
