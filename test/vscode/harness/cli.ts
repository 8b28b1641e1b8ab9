/** The built command-line program: the reference for every number that the panels show. */
import { execFile } from 'node:child_process';
import * as v from 'valibot';
import { analysisSchema, type AnalysisResult } from '../../../src/protocol/analysis';

export interface Program {
  /** Path of dist/cli.js. */
  cli: string;
  /** The Node to run it with. Numbers have the same bits on the same Node; Math.log differs between releases. */
  node: string;
}

/** Analyses checkpoints headlessly. @throws Error with the program's own message when it fails. */
export function analyze({ cli, node }: Program, checkpoints: readonly string[]): Promise<AnalysisResult[]> {
  return new Promise((resolve, reject) => {
    execFile(
      node,
      [cli, 'analyze', ...checkpoints, '--json'],
      // Inside the desktop editor the program at hand is Electron, which can be a Node.
      { env: { ...process.env, ELECTRON_RUN_AS_NODE: '1' }, maxBuffer: 1 << 30 },
      (error, stdout, stderr) => {
        if (error) reject(new Error(stderr.trim() || error.message));
        else resolve(v.parse(v.array(analysisSchema), JSON.parse(stdout)));
      },
    );
  });
}

/** A result without what differs from run to run. */
export function withoutTiming(result: AnalysisResult): unknown {
  return { ...result, timing: null };
}
