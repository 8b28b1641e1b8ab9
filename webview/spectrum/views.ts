/** The content of each tab, as pure functions: the same for the screen, for files and for a report. */
import * as v from 'valibot';
import { count, whole } from '../../src/protocol/numbers';
import type { Analyzed, KeptSample } from '../data/analyzed';
import { partsOf } from '../data/comparable';
import { layerChoiceSchema } from '../data/layers';
import { dimensionFigure, tauFigure } from '../figures/exponents';
import type { Figure } from '../figures/figure';
import { fitFigure, qualityFigure, tellingOrders } from '../figures/fit';
import { nfdFigure } from '../figures/nfd';
import { markParts } from '../figures/partMark';
import { planeFigure } from '../figures/plane';
import { slopesFigure } from '../figures/slopes';
import { spectrumFigure } from '../figures/spectrum';
import { styleItems } from '../figures/styles';
import { layersTable } from '../tables/layers';
import type { Table } from '../tables/table';
import {
  comparisonTable,
  exponentsTable,
  fitTable,
  nfdQuantiles,
  nfdTable,
  samplesTable,
  spectrumTable,
} from '../tables/checkpointTables';
import type { Theme } from '../theme';

export const TABS = ['spectrum', 'exponents', 'fit', 'nfd', 'layers', 'table'] as const;
export type TabId = (typeof TABS)[number];

/** The user's choices inside the tabs. */
export const choicesSchema = v.object({
  /** Path and seed of the sample whose fit is shown; another item's when that no longer exists. */
  fitPath: v.nullable(v.string()),
  fitSeed: v.nullable(whole),
  /** `telling` or the index of one moment order. */
  orders: v.union([v.literal('telling'), count]),
  layers: layerChoiceSchema,
  table: v.string(),
});
export type Choices = v.InferOutput<typeof choicesSchema>;

export const DEFAULT_CHOICES: Choices = {
  fitPath: null,
  fitSeed: null,
  orders: 'telling',
  layers: { measure: 'difference', path: null },
  table: 'samples',
};

/** The sample whose fit is shown. `items` is not empty. */
export function fitChoice(
  items: readonly Analyzed[],
  choices: Choices,
): { item: Analyzed; sample: KeptSample; orders: number[] } {
  const item = items.find(({ path }) => path === choices.fitPath) ?? items.at(-1)!;
  const sample = item.samples.find(({ result }) => result.seed === choices.fitSeed) ?? item.samples[0]!;
  const q = item.result.settings.q;
  const orders =
    choices.orders === 'telling' || choices.orders >= q.length ? tellingOrders(q) : [choices.orders];
  return { item, sample, orders };
}

/** The figures of a tab; none where it is a table. */
export function figuresOf(tab: TabId, items: readonly Analyzed[], choices: Choices, theme: Theme): Figure[] {
  return markParts(drawn(tab, items, choices, theme), partsOf(items));
}

function drawn(tab: TabId, items: readonly Analyzed[], choices: Choices, theme: Theme): Figure[] {
  const styled = styleItems(items, theme);
  switch (tab) {
    case 'spectrum':
      return [spectrumFigure(styled, theme), planeFigure(styled, theme)];
    case 'exponents':
      return [tauFigure(styled, theme), dimensionFigure(styled, theme)];
    case 'fit': {
      const { item, sample, orders } = fitChoice(items, choices);
      return [
        fitFigure(item, sample, orders, theme),
        slopesFigure(item, sample, theme),
        qualityFigure(styled, theme),
      ].filter((figure) => figure !== null);
    }
    case 'nfd':
      return [nfdFigure(styled, theme)].filter((figure) => figure !== null);
    case 'layers':
    case 'table':
      return [];
  }
}

const hasLayers = (items: readonly Analyzed[]): boolean =>
  items.some(({ result }) => result.perProjection !== null);

/** Whether a tab has a table to export: all but the layers of samples. */
export const hasTable = (tab: TabId, items: readonly Analyzed[]): boolean =>
  tab !== 'layers' || hasLayers(items);

/** The tables of all charts. */
export function tablesOf(items: readonly Analyzed[], choices: Choices): Table[] {
  const { item, sample, orders } = fitChoice(items, choices);
  return [
    samplesTable(items),
    comparisonTable(items),
    spectrumTable(items),
    exponentsTable(items),
    fitTable(item, sample, orders),
    nfdTable(items),
    nfdQuantiles(items),
    ...(hasLayers(items) ? [layersTable(items)] : []),
  ];
}

/** The table in a tab's CSV file. */
export function tableOf(tab: TabId, items: readonly Analyzed[], choices: Choices): Table {
  const tables = tablesOf(items, choices);
  const id = tab === 'table' ? choices.table : tab;
  return tables.find((table) => table.id === id) ?? tables[0]!;
}
