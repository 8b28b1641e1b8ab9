/** Choices that go with the figures of runs, in panels and in reports. */
import { field } from '../components/field';
import { select } from '../components/select';
import { stepSlider } from '../components/stepSlider';
import { pointAt, stepsOf, type ShownRun } from '../data/shownRuns';
import { AXIS_KINDS, hasChoice, stepName } from '../figures/stepAxis';
import { integer } from '../../src/protocol/format';
import { t } from '../l10n';
import { chosenRun, sizeStep, spectraChoice, type RunChoices } from './views';

export interface ControlContext {
  runs: readonly ShownRun[];
  choices: RunChoices;
  /** Changes a choice. */
  choose: (choices: Partial<RunChoices>) => void;
  /** Changes a choice while a control is being moved: only the charts are drawn again. */
  tune: (choices: Partial<RunChoices>) => void;
}

/** Linear or logarithmic; null where there is nothing to choose. */
export function axisControl({ runs, choices, choose }: ControlContext): HTMLElement | null {
  if (!hasChoice(runs)) return null;
  const words = { linear: t('linear'), log: t('logarithmic') };
  return field(
    t('Step axis'),
    select(
      t('Step axis'),
      'axis',
      AXIS_KINDS.map((value) => ({ value, label: words[value] })),
      choices.axis,
      (value) => {
        choose({ axis: value === 'log' ? 'log' : 'linear' });
      },
    ),
  );
}

/** Which run, where there is room for one; null where there is nothing to choose. */
export function runControl({ runs, choices, choose }: ControlContext): HTMLElement | null {
  if (runs.length === 1) return null;
  return field(
    t('Run'),
    select(
      t('Run'),
      'shown-run',
      runs.map(({ id, name }) => ({ value: id, label: name })),
      chosenRun(runs, choices).id,
      (shownRun) => {
        choose({ shownRun, spectrumAt: null });
      },
    ),
  );
}

/** Whose spectra, and which step is highlighted. */
export function spectraControls(context: ControlContext): (HTMLElement | null)[] {
  const { runs, choices, tune } = context;
  const { run, selected } = spectraChoice(runs, choices);
  const names = run.series.points.map(({ step }, index) => stepName(step, index));
  return [
    runControl(context),
    names.length > 1
      ? stepSlider(names, selected, (spectrumAt) => {
          tune({ spectrumAt });
        })
      : null,
  ];
}

/** "step 512", and how many of several runs have it where that is not all. */
function stepLabel(step: number, runs: readonly ShownRun[]): string {
  const having = runs.filter((run) => pointAt(run, step)).length;
  return having === runs.length
    ? t('step {0}', integer(step))
    : t('step {0} ({1} of {2} runs)', integer(step), having, runs.length);
}

/** The step at which sizes are compared. */
export function sizeControl({ runs, choices, choose }: ControlContext): HTMLElement {
  const step = sizeStep(runs, choices);
  return field(
    t('Sizes at'),
    select(
      t('Step at which sizes are compared'),
      'size-step',
      [
        { value: 'last', label: t('last checkpoint of each run') },
        ...stepsOf(runs).map((value) => ({ value: String(value), label: stepLabel(value, runs) })),
      ],
      step === null ? 'last' : String(step),
      (value) => {
        choose({ sizeStep: value === 'last' ? null : Number(value) });
      },
    ),
  );
}
