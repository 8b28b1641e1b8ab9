/** `neuromfa run` as a process on runs in which something is wrong: what JSON, text, CSV, report and panels say of it. */
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { brotliCompressSync } from 'node:zlib';
import * as v from 'valibot';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Mt19937 } from '../../../src/core/sampling/mt19937';
import { standardNormal } from '../../../src/core/stats/normal';
import { factText } from '../../../src/protocol/factWords';
import { REPORT_DATA_ID, reportSchema } from '../../../src/protocol/report';
import { runSeriesSchema, type RunSeries } from '../../../src/protocol/run';
import { seriesStyle } from '../../../webview/figures/styles';
import { LIGHT } from '../../../webview/theme';
import { emergenceSentences, runNotes, trendsSentences } from '../../../webview/words/runs';
import { bundleCli } from '../support/bundleCli';
import { neoxTensors } from '../support/neox';
import { writeCheckpoint } from '../support/writeCheckpoint';

const folder = mkdtempSync(join(tmpdir(), 'neuromfa-faulty-'));
const SHAPES = neoxTensors(64, 2);
const QKV = 'gpt_neox.layers.1.attention.query_key_value.weight';

type Change = (weight: number, i: number, tensor: string, column: number) => number;
const plain: Change = (weight) => weight;
/** Few sources, whose edges are few and all far, beside others whose edges are near: then f is above 0 at q = −3. */
const uneven: Change = (weight, i, _tensor, column) => {
  if (column % 16 !== 0) return 2.5 * weight;
  return (i * 2_654_435_761) % 100 < 60 ? 0.0075 : 0;
};

function checkpoint(run: string, step: number, change: Change): void {
  const normal = standardNormal(new Mt19937(11));
  const tensors = SHAPES.map(({ name, shape }) => {
    const columns = shape.at(-1)!;
    const values = Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) =>
      change(0.02 * normal(), i, name, i % columns),
    );
    return { name, dtype: 'F32', shape, bytes: new Uint8Array(values.buffer) };
  });
  const made = writeCheckpoint(tensors);
  cpSync(made.path, join(folder, run, `step${step}`), { recursive: true });
  made.remove();
}

beforeAll(async () => {
  await bundleCli(folder);
  // The data of the report are looked at, not its page.
  mkdirSync(join(folder, 'webview'));
  for (const name of ['report.js.br', 'report.css.br'])
    writeFileSync(join(folder, 'webview', name), brotliCompressSync(''));
  const runs: Record<string, Change> = {
    nan: (weight, i, tensor) => (tensor === QKV && i % 3 === 0 ? NaN : 1.5 * weight),
    infinite: (weight, i, tensor) => (tensor === QKV && i === 7 ? Infinity : 1.5 * weight),
    larger: (weight) => 1.5 * weight,
    uneven,
  };
  for (const [run, change] of Object.entries(runs)) {
    checkpoint(run, 0, run === 'uneven' ? uneven : plain);
    checkpoint(run, 1000, run === 'uneven' ? (...of) => 0.95 * uneven(...of) : change);
  }
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

interface Said {
  series: RunSeries;
  text: string;
  csv: string;
  panel: string;
  report: string;
}

function neuromfa(run: string, ...words: string[]): string {
  const cli = join(folder, 'cli.js');
  const all = ['run', join(folder, run), '--no-metrics', ...words];
  const env = { ...process.env, XDG_CACHE_HOME: join(folder, 'cache') };
  const { status, stdout, stderr } = spawnSync(process.execPath, [cli, ...all], { encoding: 'utf8', env });
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  return stdout;
}

function said(run: string, ...words: string[]): Said {
  const html = join(folder, `${run}.html`);
  const [series] = v.parse(
    v.array(runSeriesSchema),
    JSON.parse(neuromfa(run, ...words, '--json', '--html', html)),
  );
  const data = new RegExp(`id="${REPORT_DATA_ID}"[^>]*>(.*?)</script>`, 's').exec(readFileSync(html, 'utf8'));
  const report = v.parse(reportSchema, JSON.parse(data![1]!));
  expect(report.runs[0]!.series).toEqual(series);
  const shown = [
    {
      ...{ id: run, name: run, series: series!, style: seriesStyle(0, LIGHT) },
      spectra: report.runs[0]!.spectra,
    },
  ];
  const panel = [...trendsSentences(shown), ...emergenceSentences(shown), ...runNotes(shown)].join('\n');
  return {
    series: series!,
    text: neuromfa(run, ...words),
    csv: neuromfa(run, ...words, '--csv'),
    panel,
    // The page makes its words of these facts, with those of the panels.
    report: report.runs[0]!.series.warnings.map((fact) => factText(fact)).join('\n'),
  };
}

/** Codes of warnings, those of single checkpoints included. */
const codes = ({ series }: Said): string[] =>
  series.warnings.map((fact) => (fact.code === 'of-checkpoints' ? fact.warning : fact).code);
const last = ({ series }: Said) => series.points.at(-1)!;
const FEWER = ['--samples', '4'];

describe('a run', () => {
  it('with NaN has no E, with the reason and the tensors, everywhere', () => {
    const found = said('nan', ...FEWER);
    expect(last(found).emergence).toMatchObject({ value: null, reason: { code: 'non-finite-share' } });
    expect(last(found).nonFinite.share).toBeGreaterThan(0.01);
    for (const words of [found.text, found.panel]) expect(words).toMatch(/weights of .*are NaN or infinite/);
    for (const words of [found.text, found.panel, found.report]) expect(words).toContain(QKV);
    expect(found.csv).toContain('non-finite-share');
    expect(found.panel).not.toMatch(/fell from|rose from/);
  });

  it('with one infinite weight keeps its E, and names the tensor', () => {
    const found = said('infinite', '--mode', 'full');
    expect(last(found).emergence.value).not.toBeNull();
    expect(last(found).nonFinite.weights).toBe(1);
    for (const words of [found.text, found.panel, found.report]) expect(words).toContain(QKV);
    expect(found.text).not.toContain('gpt_neox.layers.0.attention.query_key_value.weight');
  });

  it('of whole layers has no interval, and says that all samples are one', () => {
    const found = said('larger', ...FEWER, '--neurons', '256');
    expect(last(found).emergence).toMatchObject({ ci95: null, reason: { code: 'same-samples' } });
    expect(last(found).alpha0).toMatchObject({ sd: null, ci95: null });
    expect(found.text).toMatch(/taken whole|every layer is|one network/);
    expect(found.csv).toContain('same-samples');
    expect(found.panel).toMatch(/without an interval/);
  });

  it('of unsound spectra tells τ′(0) in place of α₀, and warns', () => {
    const found = said('uneven', ...FEWER, '--nulls', '--null-draws', '5');
    expect(codes(found)).toEqual(expect.arrayContaining(['unsound-spectrum', 'exact-instead']));
    expect(last(found).emergence.from).toBe('exact');
    for (const words of [found.text, found.panel, found.report]) expect(words).toMatch(/f\(α\) is above 0/);
    expect(found.panel).toContain('τ′(0)');
    expect(found.panel).not.toMatch(/regularity α₀ (fell|rose)/i);
  });

  it('whose samples are dropped has no E, with the reason everywhere', () => {
    const found = said('uneven', ...FEWER, '--filter', '1');
    expect(last(found).samplesKept).toBeLessThan(4);
    const { value, ci95, reason } = last(found).emergence;
    expect({ value, ci95 }).toEqual({ value: null, ci95: null });
    for (const words of [found.text, found.panel]) expect(words).toContain(factText(reason!));
    expect(found.csv).toContain(reason!.code);
    expect(found.panel).not.toMatch(/fell from|rose from/);
  });
});
