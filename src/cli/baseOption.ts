/** `--base`: the model that low-rank adapters are added to. */
import type { Command } from 'commander';
import type { BaseChoice } from '../core/adapter/model';
import type { AdapterInfo } from '../protocol/analysis';
import { pathWord } from './pathWord';
import { fixed, whole } from './table';

/** As commander hands it over. */
export interface BaseOption {
  base?: string;
}

export function addBaseOption(command: Command): Command {
  return command.option(
    '--base <path>',
    'model that low-rank adapters are added to; none: their updates alone (default: what adapter_config.json names, where it is a path)',
    pathWord,
  );
}

/** For the engine: undefined leaves the choice to the adapter, null wants none. */
export function baseFromOption({ base }: BaseOption): BaseChoice {
  return base === 'none' ? null : base;
}

/** "24 updates of rank 8, scale 2, added to llama-7b", or "…, alone (base: meta-llama/Llama-2-7b)". */
export function adapterText({ updates, rank, scale, base, baseName }: AdapterInfo): string {
  const named = baseName === null ? '' : ` (base: ${baseName})`;
  return [
    `${whole(updates)} updates of rank ${range(rank.map(whole))}`,
    scale ? `scale ${range(scale.map((each) => fixed(each, 4)))}` : 'scale unknown, taken as 1',
    base ? `added to ${base.name} (${base.path})` : `alone${named}`,
  ].join(', ');
}

function range([least = '', greatest = '']: readonly string[]): string {
  return least === greatest ? least : `${least} to ${greatest}`;
}
