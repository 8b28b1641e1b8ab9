/** The Layers tab: which parts of the network differ from chance, block by block and role by role. */
import type { Mode, ProjectionResult } from '../../src/protocol/analysis';
import { blockMap } from '../components/blockMap';
import { wordButton } from '../components/controls';
import { heatMenu } from '../components/heatMenu';
import { select } from '../components/select';
import { heatLegend } from '../components/heatLegend';
import { heatMap, type HeatMapInput } from '../components/heatMap';
import type { Analyzed } from '../data/analyzed';
import { partsOf } from '../data/comparable';
import { NULL_KINDS } from '../../src/protocol/nulls';
import {
  BEYOND,
  gridRange,
  isBeyond,
  isDifference,
  LAYER_MEASURES,
  layerGrid,
  type LayerGrid,
  type LayerMeasure,
  type LayerChoice,
} from '../data/layers';
import { h } from '../dom';
import { heatDrawing } from '../exporting/heatDrawing';
import type { Drawing } from '../exporting/image';
import { divergingScale, rampScale, type HeatScale } from '../figures/heat';
import { decimal, integer, percent, signed } from '../../src/protocol/format';
import { t } from '../l10n';
import type { Theme } from '../theme';
import { field } from '../components/field';
import { nullName } from '../words/nulls';
import { aboutPart } from '../words/subset';
import type { TabContext } from './tabContext';
import { layersSentence } from './sentences';

const measureName = (measure: LayerMeasure): string =>
  ({
    difference: t('α₀ − α₀ of Gaussian weights'),
    'alpha0-shuffled': t('α₀ − α₀ of the same weights reshuffled'),
    'width-gaussian': t('w − w of Gaussian weights'),
    'width-shuffled': t('w − w of the same weights reshuffled'),
    alpha0: t('α₀, regularity'),
    width: t('w, heterogeneity'),
    nfd: t('median NFD'),
    kept: t('neurons kept'),
  })[measure];

function print(value: number, measure: LayerMeasure): string {
  if (isDifference(measure)) return signed(value);
  return measure === 'kept' ? percent(value) : decimal(value);
}

/** What the tab shows of the checkpoint and the measure that are chosen; null where no network is full. */
function shownLayers(items: readonly Analyzed[], choice: LayerChoice, theme: Theme) {
  const full = items.filter(({ result }) => result.perProjection !== null);
  const item = full.find(({ path }) => path === choice.path) ?? full.at(-1);
  if (!item) return null;
  const projections = item.result.perProjection!;
  const hasNulls = projections.some(({ nulls }) => nulls !== null);
  const measure = hasNulls || !isDifference(choice.measure) ? choice.measure : 'difference';
  const grid = layerGrid(projections, measure);
  const range = gridRange(grid);
  const scale = range && (isDifference(measure) ? divergingScale(range, theme) : rampScale(range, theme));
  const note = aboutPart(partsOf([item]), caption(measure, hasNulls));
  return { full, item, hasNulls, measure, map: scale && heatInput(grid, measure, scale), note };
}

function heatInput(grid: LayerGrid, measure: LayerMeasure, scale: HeatScale): HeatMapInput {
  return blockMap(grid, scale, {
    title: t('{0} by block and role', measureName(measure)),
    print: (value) => print(value, measure),
    describe,
    isPlain: (cell) => isDifference(measure) && !isBeyond(cell),
  });
}

/** The heat map for files; null where there is none. */
export function layersDrawing(items: readonly Analyzed[], choice: LayerChoice, theme: Theme): Drawing | null {
  const shown = shownLayers(items, choice, theme);
  if (!shown?.map) return null;
  return heatDrawing(shown.map, shown.note, scaleEnds(shown.map.scale, shown.measure), theme);
}

/** What the tab holds; `choose` is called with another measure or checkpoint. */
export function layersTab(
  items: readonly Analyzed[],
  choice: LayerChoice,
  theme: Theme,
  choose: (choice: Partial<LayerChoice>) => void,
  { setMode, setNulls, output }: Pick<TabContext, 'setMode' | 'setNulls' | 'output'>,
): HTMLElement[] {
  const shown = shownLayers(items, choice, theme);
  if (!shown) return [noLayers(setMode)];
  const { full, item, hasNulls, measure, map, note } = shown;
  const choices = h(
    'div',
    { class: 'choices' },
    full.length > 1 &&
      field(
        t('Checkpoint'),
        select(
          t('Checkpoint'),
          'layers-item',
          full.map(({ path, name }) => ({ value: path, label: name })),
          item.path,
          (path) => {
            choose({ path });
          },
        ),
      ),
    field(
      t('Color by'),
      select(
        t('Color by'),
        'layers-measure',
        LAYER_MEASURES.filter((each) => hasNulls || !isDifference(each) || each === 'difference').map(
          (value) => ({ value, label: measureName(value) }),
        ),
        measure,
        (value) => {
          choose({ measure: LAYER_MEASURES.find((each) => each === value)! });
        },
      ),
    ),
    map &&
      !hasNulls &&
      wordButton(
        t('Switch Null Models On'),
        'layers-nulls',
        () => {
          setNulls(true);
        },
        true,
      ),
  );
  if (!map) {
    return [choices, h('p', { class: 'note' }, t('No projection has a value: too few neurons are kept.'))];
  }
  const table = heatMap(map);
  const popup = heatMenu('layers', table, output);
  return [
    h('p', { class: 'lead', 'data-testid': 'layers-sentence' }, layersSentence(item.result)),
    choices,
    h(
      'div',
      { class: 'heat-figure' },
      heatLegend(
        measureName(measure),
        isDifference(measure) && !hasNulls ? null : map.scale,
        scaleEnds(map.scale, measure),
        popup.element,
      ),
      table,
    ),
    h('p', { class: 'note' }, note),
  ];
}

/** All about one projection, for the hover. */
function describe(projection: ProjectionResult): string {
  const { name, sources, targets, nodes, nodesDropped, alpha0, width, gaussian, nulls, nfd } = projection;
  const against = (figure: 'alpha0' | 'width'): string =>
    nulls
      ? NULL_KINDS.map((kind) => {
          const { mean, sd } = nulls[kind][figure];
          return t('{0} {1} (sd {2})', nullName(kind), decimal(mean), decimal(sd));
        }).join(', ')
      : t('Gaussian {0}', decimal(gaussian?.[figure]));
  return [
    `${name}, ${integer(sources)} → ${integer(targets)}`,
    `α₀ ${decimal(alpha0)}; ${against('alpha0')}`,
    `w ${decimal(width)}; ${against('width')}`,
    t('NFD median {0}', decimal(nfd.quantiles?.[3])),
    t('{0} of {1} neurons kept', integer(nodes), integer(nodes + nodesDropped)),
  ].join('\n');
}

const scaleEnds = ({ min, max }: HeatScale, measure: LayerMeasure): string[] =>
  isDifference(measure)
    ? [t('{0}: below the null model', print(min, measure)), '0', t('{0}: above', print(max, measure))]
    : [print(min, measure), print(max, measure)];

function caption(measure: LayerMeasure, hasNulls: boolean): string {
  const null_ = hasNulls
    ? t(
        'Each number is the difference from the mean over seeded draws of the null model of the same projection, ± {0} standard deviations of the draws. Only differences beyond that are colored.',
        BEYOND,
      )
    : t(
        'Gaussian weights: one seeded draw with the shape, mean and standard deviation of the projection. One draw does not tell what chance makes, so nothing is colored: switch null models on.',
      );
  const fanOut = t(
    'Raw values grow with the number of targets: compare them within a column, or look at the difference.',
  );
  const several = t('Where a block has several projections of one role, the cell shows their mean.');
  return `${isDifference(measure) ? null_ : fanOut} ${several}`;
}

/** Samples are too small to tell layers apart: says so, and what to do. */
function noLayers(setMode: (mode: Mode) => void): HTMLElement {
  return h(
    'div',
    { class: 'tab-empty', 'data-testid': 'no-layers' },
    h('p', { class: 'lead' }, t('Per-layer results need the full network.')),
    h('p', { class: 'note' }, t('A sample takes a few neurons per layer and pools them over all layers.')),
    wordButton(
      t('Analyze Full Network'),
      'layers-full',
      () => {
        setMode('full');
      },
      true,
    ),
  );
}
