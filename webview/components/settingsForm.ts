/** The form that changes the settings of the analysis: presets, the scale of lengths, and the numbers. */
import { RADII_RULES, SCALES, TRANSFERS as TRANSFER_NAMES, type Mode } from '../../src/protocol/analysis';
import type { ChosenSettings, RunSettings, SettingsModel } from '../../src/protocol/chosenSettings';
import { POPULATIONS } from '../../src/protocol/run';
import { errorData } from '../../src/protocol/errors';
import { h } from '../dom';
import { faultIn, t } from '../l10n';
import { TRANSFERS } from '../words/settings';
import { wordButton } from './controls';
import { field } from './field';
import { hint } from './hint';
import { select } from './select';

export interface SettingsActions {
  /** Rejects with what is wrong; its subject is the key. */
  setSettings: (settings: ChosenSettings) => Promise<unknown>;
  openSettings: () => void;
}

/** What a preset uses in place of the paper's settings. Few samples are fast, many make intervals narrow. */
const PRESETS: Readonly<Record<'quick' | 'paper' | 'precise', Partial<ChosenSettings>>> = {
  quick: { samples: 4 },
  paper: {},
  precise: { samples: 40 },
};

const NUMBERS = ['samples', 'neurons', 'threshold', 'qMin', 'qMax', 'qStep'] as const;
type NumberKey = (typeof NUMBERS)[number];

/**
 * @param ofRuns whether the form is about runs: their own settings are shown.
 * @param applied called when the settings have been changed.
 */
export function settingsForm(
  { now, paper }: NonNullable<SettingsModel>,
  mode: Mode,
  ofRuns: boolean,
  { setSettings, openSettings }: SettingsActions,
  applied: () => void,
): HTMLElement {
  const labels: Record<NumberKey, string> = {
    samples: t('Samples'),
    neurons: t('Neurons per layer, k'),
    threshold: t('Longest edge, T'),
    qMin: t('Lowest q'),
    qMax: t('Highest q'),
    qStep: t('Step of q'),
  };
  const fault = h('p', {
    class: 'subset-fault',
    role: 'alert',
    id: 'settings-fault',
    'data-testid': 'settings-fault',
  });
  const boxes = Object.fromEntries(
    NUMBERS.map((key) => [key, numberBox(key, now[key], labels[key])]),
  ) as Record<NumberKey, HTMLInputElement>;
  const scale = scaleChoice(now);
  let transfer = now.transfer;
  const transferChoice = select(
    t('Edge length'),
    'set-transfer',
    TRANSFER_NAMES.map((value) => ({ value, label: TRANSFERS[value] })),
    transfer,
    (value) => {
      transfer = TRANSFER_NAMES.find((each) => each === value)!;
    },
  );
  const chosen = (): ChosenSettings => {
    const numbers = NUMBERS.map((key): [NumberKey, number] => [key, boxes[key].valueAsNumber]);
    return { ...now, ...Object.fromEntries(numbers), transfer, scaleFree: scale.chosen(), ...own.chosen() };
  };
  const own = runChoices(now, mode);
  const apply = async (settings: ChosenSettings): Promise<void> => {
    try {
      const empty = NUMBERS.find((key) => !Number.isFinite(settings[key]));
      if (empty) throw new Error(t('{0}: give a number', labels[empty]));
      await setSettings(settings);
      applied();
    } catch (error) {
      const { subject, cause, nextStep } = faultIn(errorData(error));
      const at = NUMBERS.find((key) => key === subject);
      for (const key of NUMBERS) boxes[key].setAttribute('aria-invalid', String(key === at));
      fault.textContent = [at ? `${labels[at]}: ${cause}` : cause, nextStep].filter(Boolean).join('. ');
    }
  };
  const names = { quick: t('Quick'), paper: t('Paper'), precise: t('Precise') };
  const presets = (Object.keys(PRESETS) as (keyof typeof PRESETS)[]).map((preset) =>
    wordButton(
      names[preset],
      `preset-${preset}`,
      () => void apply({ ...paper, ...PRESETS[preset], scaleFree: scale.chosen() }),
      true,
    ),
  );
  const ofSamples: readonly NumberKey[] = ['samples', 'neurons'];
  const form = h(
    'div',
    {
      class: 'settings-form',
      role: 'group',
      'aria-label': t('Settings of the analysis'),
      'data-testid': 'settings-form',
    },
    h('div', { class: 'settings-row' }, h('span', {}, t('Presets')), ...presets),
    scale.element,
    h(
      'div',
      { class: 'settings-row' },
      ...NUMBERS.filter((key) => mode === 'sampled' || !ofSamples.includes(key)).map((key) =>
        h('label', { class: 'field' }, h('span', {}, labels[key]), boxes[key]),
      ),
      field(t('Edge length'), transferChoice),
    ),
    ...(ofRuns ? [own.element] : []),
    fault,
    h(
      'div',
      { class: 'settings-row' },
      wordButton(t('Analyze'), 'settings-apply', () => void apply(chosen())),
      wordButton(t('All Settings'), 'all-settings', openSettings, true),
    ),
  );
  form.addEventListener('keydown', (event) => {
    if (event.key === 'Enter' && event.target instanceof HTMLInputElement) void apply(chosen());
  });
  return form;
}

/** Scale-free is a switch; the divisor of lengths is chosen beside it while it is on. */
function scaleChoice({ scaleFree }: ChosenSettings): {
  element: HTMLElement;
  chosen: () => ChosenSettings['scaleFree'];
} {
  let scale: (typeof SCALES)[number] = scaleFree || 'network';
  const box = h('input', {
    type: 'checkbox',
    role: 'switch',
    checked: scaleFree !== false,
    'data-testid': 'set-scaleFree',
  });
  const kinds = select(
    t('What edge lengths are divided by'),
    'set-scale',
    [
      { value: 'network', label: t('one median of the network') },
      { value: 'projection', label: t('a median for each projection') },
    ],
    scale,
    (value) => {
      scale = SCALES.find((each) => each === value)!;
    },
  );
  const divisor = field(t('Divide by'), kinds);
  const follow = (): void => {
    divisor.hidden = !box.checked;
  };
  box.addEventListener('change', follow);
  follow();
  const title = t('Divide edge lengths by their median, so results do not depend on weight scale.');
  return {
    element: h(
      'div',
      { class: 'settings-row' },
      hint(h('label', { class: 'switch' }, box, t('Scale-free')), title, 'radius', box),
      divisor,
    ),
    chosen: () => box.checked && scale,
  };
}

/** Settings of E of a run, in addition to those of each checkpoint. */
function runChoices(now: RunSettings, mode: Mode): { element: HTMLElement; chosen: () => RunSettings } {
  const chosen: RunSettings = {
    ...{ radii: now.radii, population: now.population, autoSamples: now.autoSamples },
  };
  const auto = h('input', { type: 'checkbox', checked: now.autoSamples, 'data-testid': 'set-autoSamples' });
  auto.addEventListener('change', () => {
    chosen.autoSamples = auto.checked;
  });
  const radii = select(
    t('Radii of the log–log fits, of training runs'),
    'set-radii',
    [
      { value: 'observed', label: t('those that occur') },
      { value: 'fixed', label: t('the same at every checkpoint') },
    ],
    now.radii,
    (value) => {
      chosen.radii = RADII_RULES.find((each) => each === value)!;
    },
  );
  const population = select(
    t('Neurons that E is over'),
    'set-population',
    [
      { value: 'all', label: t('all of either end') },
      { value: 'common', label: t('those common to both ends') },
    ],
    now.population,
    (value) => {
      chosen.population = POPULATIONS.find((each) => each === value)!;
    },
  );
  const title = t('From 10, doubled until half of each interval of E is at most 0.002 or 5 % of E.');
  const enough = hint(h('label', { class: 'switch' }, auto, t('Automatic samples')), title, 'interval', auto);
  return {
    element: h(
      'div',
      { class: 'settings-row' },
      field(t('Radii of the fits'), radii),
      field(t('Neurons of E'), population),
      ...(mode === 'sampled' ? [enough] : []),
    ),
    chosen: () => ({ ...chosen }),
  };
}

function numberBox(key: string, value: number, label: string): HTMLInputElement {
  return h('input', {
    type: 'number',
    step: 'any',
    class: 'text-box',
    value,
    'aria-label': label,
    'aria-describedby': 'settings-fault',
    'data-testid': `set-${key}`,
  });
}
