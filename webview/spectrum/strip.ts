/** The information strip: the provenance of numbers, item by item. */
import { blockCount, tensorCount } from '../../src/protocol/counts';
import type { AnalysisResult } from '../../src/protocol/analysis';
import { largest, smallest } from '../../src/protocol/extremes';
import { symbol } from '../components/hint';
import { h, type Child } from '../dom';
import { bytes, compact, duration, integer, NOTHING, percent, significant } from '../../src/protocol/format';
import { t } from '../l10n';
import { modelName } from '../words/model';
import { settingsLine } from '../words/settings';
import { intervalSentence, isFull } from '../words/uncertainty';
import { wordsOf } from '../words/facts';

/** Neurons kept and drawn per sample (in the full network: of all): "960 / 960", or a range over samples. */
export function neuronsKept({ samples }: AnalysisResult): string {
  const kept = samples.map((sample) => sample.nodes);
  const drawn = samples.map((sample) => sample.nodes + sample.nodesDropped);
  const span = (values: number[]): string => {
    const [low, high] = [smallest(values), largest(values)];
    return low === high ? integer(low) : `${integer(low)} … ${integer(high)}`;
  };
  return samples.length ? `${span(kept)} / ${span(drawn)}` : NOTHING;
}

function dropped(result: AnalysisResult): string {
  const worst = Math.max(0, largest(result.samples.map((sample) => sample.nodesDropped)));
  if (worst === 0) return t('none dropped');
  if (isFull(result)) return t('{0} dropped: 10 or fewer edges with 1 < d ≤ T', integer(worst));
  return t('up to {0} per sample dropped: 10 or fewer edges with 1 < d ≤ T', integer(worst));
}

/** One definition list for `result`. */
export function strip(result: AnalysisResult): HTMLElement {
  const { checkpoint, network, summary, timing, version } = result;
  const full = isFull(result);
  const row = (term: Child, ...value: Child[]): HTMLElement =>
    h('div', {}, h('dt', {}, term), h('dd', {}, ...value));
  const model = [
    modelName(checkpoint),
    blockCount(network.blocks, t),
    t('{0} parameters', compact(checkpoint.parameters)),
    checkpoint.dtype,
    bytes(checkpoint.bytes),
    ...(checkpoint.step === null ? [] : [t('step {0}', integer(checkpoint.step))]),
  ];
  return h(
    'dl',
    { class: 'strip', 'data-testid': 'strip' },
    row(t('model'), model.join(' · ')),
    row(
      symbol(full ? 'allNeurons' : 'neurons'),
      `${neuronsKept(result)} (${percent(summary.nodesKept)}), ${dropped(result)}`,
    ),
    full
      ? row(symbol('allEdges'), t('{0}, of all {1} projections', integer(network.edges), network.projections))
      : row(
          symbol('edges'),
          t('{0} of {1} projections, per sample', integer(network.edges), network.projections),
        ),
    row(t('settings'), settingsLine(result.settings)),
    ...medians(result).map((median) => row(t('median length'), median)),
    full
      ? row(t('interval'), intervalSentence(result))
      : row(
          t('samples'),
          summary.samplesDropped > 0
            ? t('{0} kept, {1} left out: {2}', summary.samplesKept, summary.samplesDropped, reasons(result))
            : t('{0} kept', summary.samplesKept),
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
    network.skipped.length > 0 && row(t('left out'), skipped(result)),
  );
}

/** What scale-free lengths are relative to; empty for absolute lengths. */
function medians({ samples }: AnalysisResult): string[] {
  const own = samples.flatMap(({ medianLengths }) => medianLengths ?? []);
  const lengths = [...samples.map(({ medianLength }) => medianLength), ...own].filter(
    (length) => length !== null,
  );
  if (lengths.length === 0) return [];
  const [low, high] = [smallest(lengths), largest(lengths)].map((length) => significant(length)) as [
    string,
    string,
  ];
  if (low === high) return [low];
  return [
    own.length > 0
      ? t('{0} … {1} over the projections', low, high)
      : t('{0} … {1} over the samples', low, high),
  ];
}

function reasons({ samples }: AnalysisResult): string {
  return [
    ...new Set(
      samples.filter((s) => s.outcome !== 'kept').map((s) => (s.reason ? wordsOf(s.reason) : s.outcome)),
    ),
  ].join('; ');
}

function skipped({ network }: AnalysisResult): HTMLElement {
  return h(
    'details',
    { class: 'skipped' },
    h('summary', {}, t('Not part of the network: {0}', tensorCount(network.skipped.length, t))),
    h(
      'ul',
      {},
      network.skipped.map(({ tensor, reason }) => h('li', {}, h('code', {}, tensor), ` ${wordsOf(reason)}`)),
    ),
  );
}
