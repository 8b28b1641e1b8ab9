/** The command line as a function from words to an exit code. */
import { Command, CommanderError } from 'commander';
import { VERSION } from '../core/version';
import { NeuroMfaError } from '../protocol/errors';
import { shortened } from '../protocol/visible';
import { EXIT, type CliEnvironment } from './environment';
import { MAX_CHARACTERS, reportError } from './report';
import { withPlainScaleFree } from './settingOptions';

const EXAMPLES = `
Examples:
  neuromfa analyze run/step0 run/step1000   table of two checkpoints
  neuromfa analyze run/step* --json         results as JSON
  neuromfa run run                          emergence over a training run
  neuromfa compare run/step0 run/step1000   what became of the weights
  neuromfa inspect run/step1000             what the checkpoint holds
  neuromfa mcp                              tools for agents
  neuromfa analyze --help                   all settings
`;

type AddCommand = (program: Command, env: CliEnvironment, done: (exit: number) => void) => void;

/** In the order of the help. Each is loaded when it is called: together they take as long as Node itself takes to start. */
const COMMANDS: Readonly<Record<string, () => Promise<AddCommand>>> = {
  analyze: async () => (await import('./analyzeCommand')).addAnalyzeCommand,
  run: async () => (await import('./runCommand')).addRunCommand,
  compare: async () => (await import('./compareCommand')).addCompareCommand,
  inspect: async () => (await import('./inspectCommand')).addInspectCommand,
  jobs: async () => (await import('./jobsCommand')).addJobsCommand,
  task: async () => (await import('./taskCommand')).addTaskCommand,
  mcp: async () => {
    const { addMcpCommand } = await import('./mcp/mcpCommand');
    return (program, env, done) => {
      addMcpCommand(program, env, runCli, done);
    };
  },
};

/** The command that the first word names; all of them, for help and for errors that suggest one, where it names none. */
function commandsFor(word = ''): Promise<AddCommand[]> {
  const named = Object.hasOwn(COMMANDS, word) ? [word] : Object.keys(COMMANDS);
  return Promise.all(named.map((name) => COMMANDS[name]!()));
}

/** @param words the arguments without program and script. Never rejects. */
export async function runCli(words: readonly string[], env: CliEnvironment): Promise<number> {
  let exit: number = EXIT.success;
  let help = '';
  const program = new Command('neuromfa')
    .description('Neuron-based multifractal analysis of neural-network checkpoints.')
    .version(VERSION)
    .addHelpText('after', EXAMPLES)
    // Commands inherit these two: help is collected, and commander's own errors become one line below.
    .configureOutput({ writeOut: (text) => (help += text), writeErr: () => undefined })
    .exitOverride();
  const done = (code: number) => {
    exit = code;
  };
  try {
    for (const add of await commandsFor(words[0])) add(program, env, done);
    try {
      await program.parseAsync(withPlainScaleFree(words), { from: 'user' });
    } catch (error) {
      if (!(error instanceof CommanderError)) throw error;
      if (error.exitCode !== 0) {
        env.writeError(`neuromfa: ${wordsOf(error)}\n`);
        return EXIT.usage;
      }
    }
    if (help) await env.writeResult(help);
    return exit;
  } catch (error) {
    if (env.signal.aborted) {
      const goesOn = error instanceof NeuroMfaError && error.data.nextStep !== '';
      env.writeError(`neuromfa: ${goesOn ? shortened(error.message, MAX_CHARACTERS) : 'canceled'}\n`);
      return EXIT.interrupted;
    }
    reportError(env, error, 'neuromfa', words.includes('--verbose'));
    return error instanceof NeuroMfaError && error.code === 'usage' ? EXIT.usage : EXIT.failure;
  }
}

/** Turns commander's message into one line with a next step. */
function wordsOf({ code, message }: CommanderError): string {
  const complaint = code === 'commander.help' ? 'no command is given' : message.replace(/^error: /, '');
  const sentence = shortened(complaint.replaceAll('\n', ' '), MAX_CHARACTERS).replace(/\.?$/, '.');
  return `${sentence} See neuromfa --help.`;
}
