/** Pictures and tables of what the open tab of a comparison shows. */
import type { Compared, CompareModel } from '../../src/protocol/comparePanel';
import type { HiddenCurve } from '../components/runLegend';
import type { Analyzed } from '../data/analyzed';
import { toCsv } from '../exporting/csv';
import type { Exported } from '../exporting/exported';
import { safeFileName } from '../exporting/fileName';
import { heatDrawing } from '../exporting/heatDrawing';
import { toPng, toSvg, type Drawing, type Picture } from '../exporting/image';
import { provenance } from '../exporting/provenance';
import type { Figure } from '../figures/figure';
import { spectrumTable } from '../tables/checkpointTables';
import type { Table } from '../tables/table';
import type { Theme } from '../theme';
import type { CompareChoices } from './memory';
import {
  changeEnds,
  changeMap,
  changesTable,
  coursesOf,
  hiddenRuns,
  hiddenSpectra,
  mapNote,
  spectrumFigures,
  stepFigures,
  stepsTable,
} from './views';

const SIZE = { width: 720, height: 480 };

/** What is exported, and how it is looked at. */
export interface ComparisonView {
  model: Pick<CompareModel, 'a' | 'b' | 'courses'>;
  compared: Compared;
  /** Those of {@link Compared.spectra}, decoded. */
  spectra: readonly Analyzed[];
  choices: CompareChoices;
  theme: Theme;
}

/** The charts of the open tab. */
export function figuresOf({ model, compared, spectra, choices, theme }: ComparisonView): Figure[] {
  if (choices.tab === 'spectra') return spectrumFigures(compared, spectra, choices.shown, theme);
  return choices.tab === 'steps'
    ? stepFigures(compared, coursesOf(model), choices.axis, choices.shown, theme)
    : [];
}

/** The curves that the charts of the open tab could show and do not. */
export function hiddenIn({ model, compared, spectra, choices, theme }: ComparisonView): HiddenCurve[] {
  if (choices.tab === 'spectra') return hiddenSpectra(compared, spectra, choices.shown, theme);
  return choices.tab === 'steps' ? hiddenRuns([model.a.name, model.b.name], choices.shown, theme) : [];
}

/** The heat map of the open tab for files; null where there is none. */
export function mapOf({ compared: { projections }, choices, theme }: ComparisonView): Drawing | null {
  if (choices.tab !== 'layers' || !projections) return null;
  const found = changeMap(projections, choices.figure, theme);
  return found && heatDrawing(found.map, mapNote(), changeEnds(), theme);
}

/** What figures are drawn from; all tensors are in the files of the extension host. */
export function tableOfView({ compared, spectra, choices }: ComparisonView): Table {
  if (choices.tab === 'steps') return stepsTable(compared);
  if (choices.tab === 'layers' && compared.projections) return changesTable(compared.projections);
  return spectrumTable(spectra);
}

/** A file of the open tab, or of one of its figures. A picture is drawn at a fixed size, whatever the screen. */
export async function exportView(
  format: 'png' | 'svg' | 'csv',
  view: ComparisonView,
  figure?: string,
): Promise<Exported> {
  const { model, spectra, choices, theme } = view;
  const names = `${model.a.name}-${model.b.name}`;
  const suggestedName = `${safeFileName(names, figure ?? choices.tab)}.${format}`;
  const caption = provenance(spectra.map(({ result }) => result));
  if (format === 'csv') return { suggestedName, format, content: toCsv(tableOfView(view), caption) };
  const map = mapOf(view);
  const { width, height } = map ?? SIZE;
  const picture: Picture = {
    ...{ width: Math.max(width, SIZE.width), height, theme, caption },
    figures: map ? [map] : figuresOf(view).filter(({ id }) => figure === undefined || id === figure),
  };
  const content = format === 'png' ? await toPng(picture) : toSvg(picture);
  return { suggestedName, format, content };
}
