/** The analysis settings as options of the command line. */
import { InvalidArgumentError, Option, type Command } from 'commander';
import { makeSettings, NULL_DRAWS, PAPER_PRESET, type SettingsInput } from '../core/analysis/settings';
import {
  DRAWS,
  FILTERS,
  MODES,
  RADII_RULES,
  SCALES,
  TRANSFERS,
  type AnalysisSettings,
  type Draws,
  type Mode,
  type RadiiRule,
  type SampleFilter,
  type ScaleFree,
  type Transfer,
} from '../protocol/analysis';
import { NeuroMfaError } from '../protocol/errors';
import { POPULATIONS, type Population } from '../protocol/run';

/** As commander hands them over: the same keys as the settings, choices still as text. */
export type SettingOptions = Omit<SettingsInput, 'filter' | 'nullDraws' | 'samples'> & {
  /** `auto`: as many as E takes. */
  samples: number | 'auto';
  filter: string;
  radii: RadiiRule['rule'];
  population: Population;
  nulls?: true;
  nullDraws?: number;
};

/** A plain decimal number: `Number` alone would also take an empty word, spaces and hexadecimals. */
export function parseNumber(word: string): number {
  if (!/^[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d+)?$/i.test(word)) throw new InvalidArgumentError('Give a number.');
  return Number(word);
}

/** `--scale-free` alone is that of the network: what follows it, such as a path, is no choice of its own. */
export function withPlainScaleFree(words: readonly string[]): string[] {
  const chosen = (word: string | undefined): boolean => SCALES.some((scale) => scale === word);
  return words.map((word, i) =>
    word === '--scale-free' && !chosen(words[i + 1]) ? '--scale-free=network' : word,
  );
}

export function addSettingOptions(command: Command): Command {
  const number = (flags: string, description: string, value: number) =>
    new Option(flags, description).argParser(parseNumber).default(value);
  const choice = (flags: string, description: string, choices: readonly (string | number)[], value: string) =>
    new Option(flags, description).choices(choices.map(String)).default(value);
  return command
    .addOption(
      choice(
        '--mode <name>',
        'sampled as in the paper, or the full network',
        MODES,
        PAPER_PRESET.mode satisfies Mode,
      ),
    )
    .addOption(
      new Option(
        '--samples <n>',
        'independent samples of neurons; auto (of run): from 10, doubled until E is known to 0.002 or 5 %',
      )
        .argParser((word) => (word === 'auto' ? word : parseNumber(word)))
        .default(PAPER_PRESET.samples),
    )
    .addOption(number('--neurons <k>', 'neurons sampled per layer', PAPER_PRESET.neurons))
    .addOption(
      choice(
        '--draws <how>',
        'neurons of a layer: scattered as in the paper, or in runs of neighbors, which take fewer requests from a server; other numbers where neighbors are alike, never compared',
        DRAWS,
        PAPER_PRESET.draws satisfies Draws,
      ),
    )
    .addOption(number('--seed <s>', 'samples use the seeds s, s + 1, …', PAPER_PRESET.seed))
    .addOption(number('--threshold <T>', 'longest edge that is kept', PAPER_PRESET.threshold))
    .addOption(number('--q-min <q>', 'lowest moment order', PAPER_PRESET.qMin))
    .addOption(number('--q-max <q>', 'highest moment order', PAPER_PRESET.qMax))
    .addOption(number('--q-step <q>', 'step between moment orders', PAPER_PRESET.qStep))
    .addOption(
      choice(
        '--transfer <name>',
        'length of an edge of weight w',
        TRANSFERS,
        PAPER_PRESET.transfer satisfies Transfer,
      ),
    )
    .addOption(
      choice(
        '--filter <n>',
        'drop samples: 1 positive f, 2 rising alpha, 3 both, 0 none',
        FILTERS,
        String(PAPER_PRESET.filter),
      ),
    )
    .addOption(
      new Option(
        '--scale-free [of]',
        'edge lengths relative to their median: that of the whole network, or of each projection its own',
      )
        .choices(SCALES)
        .preset('network' satisfies ScaleFree)
        .default(PAPER_PRESET.scaleFree),
    )
    .addOption(
      choice(
        '--radii <rule>',
        "radii of the fits: those that occur, or all from the baseline's (analyze: first checkpoint's) 0.1 % of edges to T",
        RADII_RULES,
        'observed' satisfies RadiiRule['rule'],
      ),
    )
    .addOption(
      choice(
        '--population <which>',
        'neurons that E of a run is over: all that either end has, or those common to both ends',
        POPULATIONS,
        'all' satisfies Population,
      ),
    )
    .option('--nulls', 'null models beside it: the same weights reshuffled, and Gaussian ones')
    .addOption(
      new Option(
        '--null-draws <n>',
        `draws of each null model (default: ${NULL_DRAWS.sampled}, of full networks ${NULL_DRAWS.full}); implies --nulls`,
      ).argParser(parseNumber),
    );
}

/**
 * @param auto the samples that `--samples auto` stands for; null where there is no E to go by.
 * @throws NeuroMfaError `usage` that names the option.
 */
export function settingsFromOptions(options: SettingOptions, auto: number | null): AnalysisSettings {
  const { mode, scaleFree, neurons, draws, seed, threshold, transfer, qMin, qMax, qStep } = options;
  const filter = Number(options.filter) as SampleFilter;
  const samples = options.samples === 'auto' ? auto : options.samples;
  if (samples === null) {
    const cause = 'auto takes as many samples as E needs, and a checkpoint alone has no E';
    throw new NeuroMfaError('usage', '--samples', cause, 'Give a number, or analyze the run: neuromfa run');
  }
  if (options.population === 'common' && auto === null) {
    const cause = 'common is about the neurons that E of a run is over, and without a run there is no E';
    throw new NeuroMfaError('usage', '--population', cause, 'Leave it out, or analyze the run: neuromfa run');
  }
  try {
    const sampling = { samples, neurons, draws, seed };
    const lengths = { threshold, transfer, scaleFree };
    const drawn = options.nulls ? NULL_DRAWS[mode] : null;
    const nullDraws = options.nullDraws ?? drawn;
    return makeSettings({ mode, ...sampling, ...lengths, filter, nullDraws, qMin, qMax, qStep });
  } catch (error) {
    throw error instanceof NeuroMfaError ? aboutOption(error) : error;
  }
}

/** The same error about `--q-step` instead of `qStep`. */
function aboutOption({ data }: NeuroMfaError): NeuroMfaError {
  const flag = `--${data.subject.replace(/[A-Z]/g, (capital) => `-${capital.toLowerCase()}`)}`;
  return NeuroMfaError.from({ ...data, subject: flag });
}
