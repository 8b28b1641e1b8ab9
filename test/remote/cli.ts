/** The command line as users run it, in a process of its own that this one can serve meanwhile. */
import { spawn } from 'node:child_process';

export interface Ended {
  status: number | null;
  stdout: string;
  stderr: string;
}

/** Without what this machine's user has set up for the network. */
function environment(own: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const others = Object.entries(process.env).filter(
    ([name]) => !/^(HF_|HUGGING|AWS_|NODE_EXTRA|https?_proxy|no_proxy|all_proxy)/i.test(name),
  );
  return { ...Object.fromEntries(others), ...own };
}

export function run(
  cli: string,
  words: readonly string[],
  env: NodeJS.ProcessEnv = {},
  onOutput: (text: string) => void = () => undefined,
  /** Ctrl-C when it is there. */
  interrupted = new Promise<unknown>(() => undefined),
): Promise<Ended> {
  const child = spawn(process.execPath, [cli, ...words], { env: environment(env) });
  void interrupted.then(() => child.kill('SIGINT'));
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (chunk) => {
    stdout += String(chunk);
  });
  child.stderr.on('data', (chunk) => {
    stderr += String(chunk);
    onOutput(stderr);
  });
  return new Promise((resolve) => {
    child.on('close', (status) => {
      resolve({ status, stdout, stderr });
    });
  });
}
