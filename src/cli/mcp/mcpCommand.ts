/** `neuromfa mcp`: the tools for agents, over standard input and output. */
import type { Command } from 'commander';
import { callTool } from '../../core/agents/callTool';
import { TOOLS } from '../../core/agents/tools';
import { EXIT, type CliEnvironment } from '../environment';
import { commandHost, type RunWords } from './commandHost';

/** @param runWords runs the command line itself. @param done called with the exit code. */
export function addMcpCommand(
  program: Command,
  env: CliEnvironment,
  runWords: RunWords,
  done: (exit: number) => void,
): void {
  program
    .command('mcp')
    .description('serves the tools for agents by the Model Context Protocol, over standard input and output')
    .action(async () => {
      // Only users may name addresses: what an agent reads may name others.
      const { remote: _, ...local } = env;
      await env.serveMcp({
        tools: TOOLS,
        call: (name, given, signal) => callTool(name, given, commandHost({ ...local, signal }, runWords)),
        signal: env.signal,
      });
      done(EXIT.success);
    });
}
