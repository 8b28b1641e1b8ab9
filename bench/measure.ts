/** Runs whole commands and measures them. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface Usage {
  /** Milliseconds. */
  wall: number;
  cpu: number;
  /** Peak resident size in MB (10^6 bytes). */
  memory: number;
  stdout: string;
}

/** `node dist/cli.js` with these arguments. @throws Error when it fails. */
export function runCli(args: readonly string[]): Usage {
  const folder = mkdtempSync(join(tmpdir(), 'neuromfa-bench-'));
  const report = join(folder, 'usage.json');
  try {
    const begin = performance.now();
    const { status, stdout, stderr } = spawnSync(
      process.execPath,
      ['--require', join(process.cwd(), 'bench/usage.cjs'), 'dist/cli.js', ...args],
      { encoding: 'utf8', env: { ...process.env, BENCH_USAGE: report }, maxBuffer: 2 ** 28 },
    );
    const wall = performance.now() - begin;
    if (status !== 0) throw new Error(`neuromfa ${args.join(' ')}: ${stderr}`);
    const { maxRSS, cpu } = JSON.parse(readFileSync(report, 'utf8')) as { maxRSS: number; cpu: number };
    return { wall, cpu, memory: (maxRSS * 1024) / 1e6, stdout };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Milliseconds of `cat FILE > /dev/null`, from ten runs. */
export function timeCat(file: string): number {
  const begin = performance.now();
  const { status } = spawnSync('sh', [
    '-c',
    'for i in 1 2 3 4 5 6 7 8 9 10; do cat "$0" > /dev/null; done',
    file,
  ]);
  if (status !== 0) throw new Error(`cat ${file} failed`);
  return (performance.now() - begin) / 10;
}

/** Processor time of this process so far. */
export function cpuMilliseconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e3;
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** A table for README.md. */
export function markdown(rows: readonly Record<string, string | number>[]): string {
  const columns = Object.keys(rows[0]!);
  const line = (cells: readonly (string | number)[]): string => `| ${cells.join(' | ')} |`;
  return [
    line(columns),
    line(columns.map(() => '---')),
    ...rows.map((row) => line(columns.map((c) => row[c]!))),
  ].join('\n');
}
