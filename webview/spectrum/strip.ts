/** The information strip: where the numbers come from, item by item. */
import type { AnalysisResult, Transfer } from '../../src/protocol/analysis';
import { symbol } from '../components/hint';
import { h, type Child } from '../dom';
import { bytes, compact, decimal, duration, integer, NOTHING, order, percent, ranges } from '../format';
import { t } from '../l10n';

/** How a weight becomes a length, as it is written. */
const TRANSFERS: Record<Transfer, string> = {
  inv: 'd = 1/|w|',
  inv2: 'd = 1/w²',
  neglog: 'd = −ln|w|',
  invsqrt: 'd = 1/√|w|',
};

/** Neurons kept and drawn per sample: "960 / 960", or a range over samples. */
export function neuronsKept({ samples }: AnalysisResult): string {
  const kept = samples.map((sample) => sample.nodes);
  const drawn = samples.map((sample) => sample.nodes + sample.nodesDropped);
  const span = (values: number[]): string => {
    const [low, high] = [Math.min(...values), Math.max(...values)];
    return low === high ? integer(low) : `${integer(low)} … ${integer(high)}`;
  };
  return samples.length ? `${span(kept)} / ${span(drawn)}` : NOTHING;
}

function dropped(result: AnalysisResult): string {
  const worst = Math.max(0, ...result.samples.map((sample) => sample.nodesDropped));
  if (worst === 0) return t('none dropped');
  return t('up to {0} per sample dropped: 10 or fewer edges with 1 < d ≤ T', integer(worst));
}

/** The settings in one line; also printed under exported pictures. */
export function settingsLine({ settings: s }: AnalysisResult): string {
  const q = s.q.length > 1 ? s.q[1]! - s.q[0]! : 0;
  return [
    t('{0} samples', s.samples),
    `k = ${s.neurons}`,
    `T = ${decimal(s.threshold, Number.isInteger(s.threshold) ? 0 : 2)}`,
    TRANSFERS[s.transfer],
    `q = ${order(s.q[0]!)} … ${order(s.q.at(-1)!)}, ${t('step {0}', order(q))}`,
    t('filter {0}', s.filter),
    ...(s.digits === 0 ? [] : [t('lengths rounded to {0} decimals', s.digits)]),
    t('seeds {0}', ranges(Array.from({ length: s.samples }, (_, index) => s.seed + index))),
  ].join(', ');
}

/** One definition list for `result`. */
export function strip(result: AnalysisResult): HTMLElement {
  const { checkpoint, network, summary, timing, version } = result;
  const row = (term: Child, ...value: Child[]): HTMLElement =>
    h('div', {}, h('dt', {}, term), h('dd', {}, ...value));
  const model = [
    checkpoint.architecture,
    t('{0} blocks', network.blocks),
    t('{0} parameters', compact(checkpoint.parameters)),
    checkpoint.dtype,
    bytes(checkpoint.bytes),
    ...(checkpoint.step === null ? [] : [t('step {0}', integer(checkpoint.step))]),
  ];
  return h(
    'dl',
    { class: 'strip', 'data-testid': 'strip' },
    row(t('model'), model.join(' · ')),
    row(symbol('neurons'), `${neuronsKept(result)} (${percent(summary.nodesKept)}), ${dropped(result)}`),
    row(symbol('edges'), integer(network.edges), t(' of {0} projections, per sample', network.projections)),
    row(t('settings'), settingsLine(result)),
    row(
      t('samples'),
      t('{0} kept', summary.samplesKept),
      summary.samplesDropped > 0 ? t(', {0} left out: {1}', summary.samplesDropped, reasons(result)) : null,
    ),
    row(
      t('computed in'),
      t(
        '{0} · threads: {1} · {2} read · engine {3}',
        duration(timing.wall),
        timing.threads,
        bytes(timing.bytesRead),
        version.engine,
      ),
    ),
    row(t('file'), h('span', { class: 'path' }, checkpoint.path)),
    network.wholeLayers.length > 0 &&
      row(
        t('taken whole'),
        network.wholeLayers.map((l) => t('{0} (width {1}, asked {2})', l.layer, l.width, l.asked)).join(', '),
      ),
    skipped(result),
  );
}

function reasons({ samples }: AnalysisResult): string {
  return [...new Set(samples.filter((s) => s.outcome !== 'kept').map((s) => s.reason ?? s.outcome))].join(
    '; ',
  );
}

function skipped({ network }: AnalysisResult): HTMLElement | null {
  if (network.skipped.length === 0) return null;
  return h(
    'details',
    { class: 'skipped' },
    h('summary', {}, t('{0} tensors are not part of the network', network.skipped.length)),
    h(
      'ul',
      {},
      ...network.skipped.map(({ tensor, reason }) => h('li', {}, h('code', {}, tensor), ` ${reason}`)),
    ),
  );
}
