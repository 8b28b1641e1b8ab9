import { describe, expect, it } from 'vitest';
import { runFixture } from '../../preview/runFixtures';
import { legendOfRuns } from '../../../webview/components/runLegend';
import { shownRuns } from '../../../webview/data/shownRuns';
import { seriesStyle } from '../../../webview/figures/styles';
import { changed, isAlone, isolated, toggled } from '../../../webview/runs/looks';
import { DEFAULT_RUN_CHOICES, runFigures, runTable } from '../../../webview/runs/views';
import { LIGHT } from '../../../webview/theme';
import type { Look } from '../../../src/protocol/looks';
import type { Run } from '../../../src/protocol/trends';

/** Runs called a, b, … with these looks. */
const runsWith = (...looks: (Look | undefined)[]): Run[] =>
  looks.map((look, index) => ({ ...runFixture({ name: 'abcdef'[index]! }), ...(look && { look }) }));
const shown = (runs: readonly Run[]) => shownRuns(runs, (place, hue) => seriesStyle(place, LIGHT, hue));
const names = (runs: readonly Run[]): string[] => shown(runs).map(({ name }) => name);
const id = (name: string): string => `/models/${name}`;
const apply = (runs: readonly Run[], looks: Record<string, Look>): Run[] =>
  runs.map((run) => (looks[run.id] ? { ...run, look: looks[run.id]! } : run));

describe('looks of runs', () => {
  it('leave hidden runs out of figures and tables, and keep the looks of the others', () => {
    const runs = runsWith(undefined, { hidden: true }, undefined);
    expect(names(runs)).toEqual(['a', 'c']);
    expect(shown(runs)[1]!.style).toEqual(seriesStyle(2, LIGHT));
    const [figure] = runFigures('trends', shown(runs), DEFAULT_RUN_CHOICES, LIGHT);
    expect(figure!.config.data.datasets.map(({ label }) => label)).not.toContain('b');
    const table = runTable('trends', 'trends', shown(runs), DEFAULT_RUN_CHOICES);
    expect(new Set(table.rows.map(([run]) => run))).toEqual(new Set(['a', 'c']));
  });

  it('put pinned runs first and give chosen colors, but dash and marker stay', () => {
    const runs = runsWith(undefined, { pinned: true, hue: 4 });
    expect(names(runs)).toEqual(['b', 'a']);
    expect(shown(runs)[0]!.style).toEqual({ ...seriesStyle(1, LIGHT), color: LIGHT.hues[4] });
  });

  it('show all where everything is hidden', () => {
    expect(names(runsWith({ hidden: true }))).toEqual(['a']);
  });

  it('hide and show one after the other, but never the last', () => {
    const runs = apply(runsWith(undefined, { hue: 2 }), toggled(runsWith(undefined, { hue: 2 }), id('b')));
    expect(runs[1]!.look).toEqual({ hue: 2, hidden: true });
    expect(toggled(runs, id('a'))).toEqual({});
    expect(apply(runs, toggled(runs, id('b')))[1]!.look).toEqual({ hue: 2, hidden: false });
  });

  it('isolate a run, and bring all back', () => {
    const runs = runsWith(undefined, undefined, { pinned: true });
    const alone = apply(runs, isolated(runs, id('b')));
    expect(names(alone)).toEqual(['b']);
    expect([isAlone(alone, id('b')), isAlone(alone, id('a'))]).toEqual([true, false]);
    expect(names(apply(alone, isolated(alone, id('b'))))).toEqual(['c', 'a', 'b']);
    expect(changed(runs, id('c'), { hue: 1 })).toEqual({ [id('c')]: { pinned: true, hue: 1 } });
  });

  it('are named in the legend where they are hidden, which a click on them tells', () => {
    const runs = runsWith(undefined, { hidden: true });
    const [figure] = runFigures('trends', shown(runs), DEFAULT_RUN_CHOICES, LIGHT);
    const hidden = [{ id: id('b'), name: 'b', style: seriesStyle(1, LIGHT) }];
    const acts = { hidden: () => hidden, toggle: () => undefined, isolate: () => undefined };
    const { legend } = legendOfRuns(figure!.config, acts);
    expect(legend!.display).toBe(true);
    const items = legend!.labels!.generateLabels!({ data: figure!.config.data, options: {} } as never);
    expect(items.map(({ text, hidden: out = false }) => [text, out])).toEqual([
      ['a', false],
      ['b', true],
    ]);
    expect(legendOfRuns(figure!.config, { ...acts, hidden: () => [] })).toEqual({});
  });
});
