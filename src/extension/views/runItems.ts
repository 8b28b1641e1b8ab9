/** What the tree says of runs and checkpoints, in words and icons: everything but the tree. */
import { checkpointCount } from '../../protocol/counts';
import { checkpointName } from '../../core/checkpoint/name';
import type { Estimate } from '../../protocol/analysis';
import { elsewhereText } from '../../protocol/elsewhere';
import type { ErrorData } from '../../protocol/errors';
import type { Fact } from '../../protocol/facts';
import { factText } from '../../protocol/factWords';
import { decimal } from '../../protocol/format';
import { orderFact } from '../../protocol/orderFact';
import type { RunOrder } from '../../protocol/run';
import type { Run, RunCheckpoint } from '../../protocol/trends';
import type { Translate } from '../../protocol/translate';

/** A row of the tree, apart from its place. */
export interface RowText {
  label: string;
  description: string;
  /** A codicon, with the id of a theme color where it has a meaning. */
  icon: { id: string; color?: string };
  /** One under the other. */
  tooltip: readonly string[];
  /** What the menus ask for. */
  contextValue: string;
}

/**
 * "neox-1m", "5 of 8 analyzed".
 * @param complete whether all stored results have been looked for.
 */
export function runRow(
  run: Run,
  t: Translate,
  leftOut: readonly { fact: Fact }[] = [],
  complete = true,
): RowText {
  const { checkpoints, readOnly, orderedBy, watched, remote } = run;
  const busy = checkpoints.some(({ state }) => ['queued', 'running', 'elsewhere'].includes(state.kind));
  const done = run.series?.points.length ?? 0;
  const failed = checkpoints.filter(({ state }) => state.kind === 'failed').length;
  const parts = [
    readOnly
      ? t('saved results, {0}', checkpointCount(checkpoints.length, t))
      : complete
        ? t('{0} of {1} analyzed', done, checkpoints.length)
        : done > 0
          ? t('at least {0} of {1} analyzed', done, checkpoints.length)
          : checkpointCount(checkpoints.length, t),
    ...(failed > 0 ? [t('{0} failed', failed)] : []),
    ...(watched ? [t('watched')] : []),
    ...(orderedBy === 'step' ? [] : [shortOrder(orderedBy, t)]),
  ];
  const fact = orderFact(orderedBy);
  const order = fact ? sentence(factText(fact, t)) : t('In order of training steps.');
  return {
    label: run.name,
    description: parts.join(' · '),
    icon: { id: readOnly ? 'archive' : watched ? 'eye' : remote ? 'cloud' : 'versions' },
    tooltip: [run.folder, order, ...leftOut.map(({ fact }) => sentence(factText(fact, t)))],
    contextValue: [
      'run',
      ...(readOnly ? ['readOnly'] : []),
      ...(busy ? ['busy'] : []),
      ...(watched ? ['watched'] : []),
      ...(remote ? ['remote'] : []),
    ].join('.'),
  };
}

/** "lora", "It holds …": what cannot be read, and why. */
export function heldRow({ subject, cause, nextStep }: ErrorData, label: string): RowText {
  return {
    label,
    description: sentence(cause),
    icon: { id: 'warning', color: 'list.warningForeground' },
    tooltip: [subject, sentence(cause), `${nextStep}.`],
    contextValue: 'held',
  };
}

/** "Checkpoints", "3": what is listed below the runs. */
export function groupRow(group: 'checkpoints' | 'held', count: number, t: Translate): RowText {
  const held = group === 'held';
  return {
    label: held ? t('Cannot be read') : t('Checkpoints'),
    description: String(count),
    icon: { id: held ? 'warning' : 'files' },
    tooltip: [
      held
        ? t(
            'Checkpoints that are damaged, or in layouts that are recognized but not read, each with what to do about it.',
          )
        : t('Checkpoints that belong to no training run.'),
    ],
    contextValue: `group.${group}`,
  };
}

/** "final", "runs/final/model.safetensors": a checkpoint that belongs to no run. @param place from the workspace's folder on. */
export function loneRow(path: string, place: string, t: Translate): RowText {
  return {
    label: checkpointName(place),
    description: place,
    icon: { id: 'file-binary' },
    tooltip: [path, t('Open its spectrum.')],
    contextValue: 'lone',
  };
}

function shortOrder(orderedBy: RunOrder, t: Translate): string {
  return {
    step: t('by step'),
    epoch: t('by epoch'),
    tokens: t('by tokens'),
    number: t('by number'),
    name: t('by name'),
    time: t('by time'),
    given: t('in the given order'),
  }[orderedBy];
}

const sentence = (words: string): string => `${words.charAt(0).toUpperCase()}${words.slice(1)}.`;

/** "step1000", "α₀ 0.869 · w 0.514". */
export function checkpointRow(
  run: Pick<Run, 'readOnly' | 'series' | 'remote'>,
  { path, name, step, state, deleted }: RunCheckpoint,
  t: Translate,
): RowText {
  const gone = deleted ? [t('Deleted. Its results are stored.')] : [];
  const base = { label: name, tooltip: [path, ...gone] };
  const kind = run.readOnly || deleted ? 'checkpoint.readOnly' : `checkpoint.${state.kind}`;
  // A baseline is chosen by its step.
  const contextValue = [kind, ...(step === null ? [] : ['step']), ...(run.remote ? ['remote'] : [])].join(
    '.',
  );
  switch (state.kind) {
    case 'missing':
      return {
        ...base,
        description: deleted ? t('deleted') : t('not analyzed'),
        icon: { id: 'circle-outline' },
        contextValue,
      };
    case 'queued':
      return { ...base, description: t('queued'), icon: { id: 'clock' }, contextValue };
    case 'running': {
      const percent = Math.floor(100 * state.fraction);
      return { ...base, description: t('{0} %', percent), icon: { id: 'sync~spin' }, contextValue };
    }
    case 'elsewhere':
      return { ...base, description: elsewhereText(state, t), icon: { id: 'server-process' }, contextValue };
    case 'failed':
      return {
        ...base,
        description: t('failed: {0}', state.error.cause),
        tooltip: [path, state.error.cause, state.error.nextStep].filter(Boolean),
        icon: { id: 'error', color: 'list.errorForeground' },
        contextValue,
      };
    case 'done': {
      const point = run.series?.points.find(({ checkpoint }) => checkpoint.path === path);
      const numbers = point && [t('α₀ {0}', shown(point.alpha0)), t('w {0}', shown(point.width))].join(' · ');
      return {
        ...base,
        description: [numbers ?? '', ...(deleted ? [t('deleted')] : [])].filter(Boolean).join(' · '),
        icon: { id: 'pass', color: 'charts.green' },
        contextValue,
      };
    }
  }
}

/** Rows are narrow: the panels give the uncertainty as well. */
function shown({ mean }: Estimate): string {
  return decimal(mean);
}
