/** Which results may be compared, and whether they are steps of one training run. */
import type { ShownPart } from '../words/subset';
import type { Analyzed } from './analyzed';
import { networkConditions, settingsConditions } from './conditions';

/** Everything that must agree before raw α₀ and w may be compared: they depend on fan-out, k, T and the q grid. */
function conditions(item: Analyzed): string {
  const { settings, network } = item.result;
  return JSON.stringify([
    networkConditions(item.result),
    network.sources,
    network.edges,
    settingsConditions(settings),
  ]);
}

/** The parts of networks that `items` are about. */
export const partsOf = (items: readonly Analyzed[]): ShownPart[] =>
  items.map(({ name, result }) => ({ name, subset: result.settings.subset }));

/** Whether raw α₀ and w of these items may be compared: one network shape, one set of settings. */
export function comparable(items: readonly Analyzed[]): boolean {
  return new Set(items.map(conditions)).size <= 1;
}

/** The part of a checkpoint's name that names its run: "neox-1m" of "neox-1m/step4000". */
const run = (item: Analyzed): string => item.result.checkpoint.name.split('/').slice(0, -1).join('/');

/** Whether the items are different steps of one run, so that they have an order. */
export function isOneRun(items: readonly Analyzed[]): boolean {
  const steps = items.map((item) => item.result.checkpoint.step);
  return (
    items.length > 1 &&
    steps.every((step) => step !== null) &&
    new Set(steps).size === items.length &&
    new Set(items.map(run)).size === 1 &&
    comparable(items)
  );
}

/** Items in training order if they are one run, otherwise in the given order. */
export function inOrder(items: readonly Analyzed[]): Analyzed[] {
  if (!isOneRun(items)) return [...items];
  return [...items].sort((a, b) => a.result.checkpoint.step! - b.result.checkpoint.step!);
}
