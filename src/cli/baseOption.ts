/** `--base`: the model to which low-rank adapters are added. */
import { statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import type { Command } from 'commander';
import type { AdapterInfo } from '../protocol/analysis';
import { integer, significant } from '../protocol/format';
import { isRemote, type BaseChoice } from '../protocol/subject';
import type { CliEnvironment } from './environment';
import { pathWord } from './pathWord';
import { locationsOf, type RemoteOptions } from './remoteWords';

/** The options as commander returns them. */
export interface BaseOption {
  base?: string;
}

export function addBaseOption(command: Command): Command {
  return command.option(
    '--base <path>',
    'model that low-rank adapters are added to; none: their updates alone (default: what adapter_config.json names, where it lies in a folder given here)',
    pathWord,
  );
}

/**
 * The base for the engine: null for none. By default the adapter decides, within the folders that are named on the
 * command line or contain the files named there.
 */
export async function baseFromOption(
  { base, ...options }: BaseOption & RemoteOptions,
  paths: readonly string[],
  env: CliEnvironment,
): Promise<BaseChoice> {
  const local = paths.filter((path) => !isRemote(path));
  if (base === undefined) return { within: [...new Set(local.map(folderOf))] };
  return base === 'none' ? null : (await locationsOf([base], options, env))[0]!;
}

function folderOf(path: string): string {
  const absolute = resolve(path);
  try {
    return statSync(absolute).isDirectory() ? absolute : dirname(absolute);
  } catch {
    // Opening it says why.
    return absolute;
  }
}

/** "24 updates of rank 8, scale 2, added to llama-7b", or "…, alone (base: meta-llama/Llama-2-7b, added with --base PATH)". */
export function adapterText({ updates, rank, scale, base, baseName }: AdapterInfo): string {
  const named = baseName === null ? '' : ` (base: ${baseName}, added with --base PATH)`;
  return [
    `${integer(updates)} updates of rank ${range(rank.map(integer))}`,
    scale ? `scale ${range(scale.map((each) => significant(each)))}` : 'scale unknown, taken as 1',
    base ? `added to ${base.name} (${base.path})` : `alone${named}`,
  ].join(', ');
}

function range([least = '', greatest = '']: readonly string[]): string {
  return least === greatest ? least : `${least} to ${greatest}`;
}
