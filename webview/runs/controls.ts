/** Choices for the figures of runs, in panels and in reports. */
import { axisChoice } from '../components/axisChoice';
import { field } from '../components/field';
import { select } from '../components/select';
import { stepSlider } from '../components/stepSlider';
import { pointAt, stepsOf, type ShownRun } from '../data/shownRuns';
import { stepName } from '../figures/stepAxis';
import { h } from '../dom';
import { integer } from '../../src/protocol/format';
import { t } from '../l10n';
import { chosenRun, sizeStep, spectraChoice, type RunChoices } from './views';

export interface ControlContext {
  runs: readonly ShownRun[];
  choices: RunChoices;
  /** Changes a choice. */
  choose: (choices: Partial<RunChoices>) => void;
  /** Changes a choice while a control is being moved: only the charts are redrawn. */
  tune: (choices: Partial<RunChoices>) => void;
}

/** The unit of training progress; null where there is no choice. */
export const axisControl = ({ runs, choices, choose }: ControlContext): HTMLElement | null =>
  axisChoice(runs, choices.axis, (axis) => {
    choose({ axis });
  });

/** With fewer checkpoints there is nothing to smooth. */
const FEWEST_SMOOTHED = 5;

/** Whether lines are smoothed; null where that would show nothing. */
export function smoothControl({ runs, choices, choose }: ControlContext): HTMLElement | null {
  if (!runs.some(({ series }) => series.points.length >= FEWEST_SMOOTHED)) return null;
  const box = h('input', { type: 'checkbox', 'data-testid': 'smooth', checked: choices.smooth });
  box.addEventListener('change', () => {
    choose({ smooth: box.checked });
  });
  return h('label', { class: 'field' }, box, t('Smooth lines'));
}

/** Which run, where only one can be shown; null where there is no choice. */
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

/** Which run's spectra, and which step is highlighted. */
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

/** "step 512", and how many of several runs have it where not all do. */
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
        { value: 'last', label: t('last checkpoints') },
        ...stepsOf(runs).map((value) => ({ value: String(value), label: stepLabel(value, runs) })),
      ],
      step === null ? 'last' : String(step),
      (value) => {
        choose({ sizeStep: value === 'last' ? null : Number(value) });
      },
    ),
  );
}
