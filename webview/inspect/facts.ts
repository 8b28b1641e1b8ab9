/** The content beside the table: the checkpoint, its totals, its metadata, and the active tensor. */
import type { AdapterInfo } from '../../src/protocol/analysis';
import type { ShownInspection } from '../../src/protocol/inspect';
import { blockCount, tensorCount } from '../../src/protocol/counts';
import { h, type Child } from '../dom';
import { bytes, compact, integer, NOTHING, percent, significant } from '../../src/protocol/format';
import { t } from '../l10n';
import { parametersOf, shapeText, type Tensors } from './tensors';
import type { Total, Totals } from './totals';

/** The page's first line: what was found. */
export function headline(
  name: string,
  { checkpoint, blocks, fault }: ShownInspection,
  totals: Totals,
  projections: number,
): string {
  const tensors = tensorCount(totals.all.tensors, t);
  const base = checkpoint.adapter?.base;
  const held = base ? t('{0} and its base {1}: {2}', name, base.name, tensors) : t('{0}: {1}', name, tensors);
  if (fault) return t('{0}, but they form no network.', held);
  return t(
    '{0}, {1}. Analyzed: {2} in {3} ({4} of {5} parameters).',
    held,
    checkpoint.architecture,
    projections === 1 ? t('1 weight matrix') : t('{0} weight matrices', integer(projections)),
    blockCount(blocks, t),
    compact(totals.network.parameters),
    compact(totals.all.parameters),
  );
}

/** @param rows any number of them: as single arguments they could be too many for a call. */
function strip(rows: readonly [label: string, ...content: Child[]][]): HTMLElement {
  const list = h('dl', { class: 'strip' });
  for (const [label, ...content] of rows)
    list.append(h('div', {}, h('dt', {}, label), h('dd', {}, ...content)));
  return list;
}

export function checkpointFacts({ checkpoint, format, fault }: ShownInspection): HTMLElement {
  const { architecture, parameters, dtype, step, path, fingerprint, adapter } = checkpoint;
  return section(
    'checkpoint',
    t('Checkpoint'),
    strip([
      [t('Architecture'), fault ? t('unknown') : architecture],
      [t('Parameters'), integer(parameters)],
      [t('Types'), dtype || NOTHING],
      [t('Size'), bytes(checkpoint.bytes)],
      ...(step === null ? [] : [[t('Step'), integer(step)] satisfies [string, Child]]),
      [t('Format'), format],
      [t('File'), path],
      ...(adapter ? adapterRows(adapter) : []),
      [t('Fingerprint'), h('code', {}, fingerprint.slice(0, 16))],
    ]),
  );
}

function adapterRows({ updates, rank, scale, base, baseName }: AdapterInfo): [string, Child][] {
  const range = ([least, greatest]: readonly [number, number], text: (value: number) => string): string =>
    least === greatest ? text(least) : t('{0} to {1}', text(least), text(greatest));
  return [
    [t('Base'), base?.path ?? t('none: the updates alone (Choose Base of Adapter gives it one)')],
    ...(baseName === null ? [] : [[t('Base by its name'), baseName] satisfies [string, Child]]),
    [
      t('Low-rank updates'),
      t(
        '{0}, rank {1}, scale {2}',
        integer(updates),
        range(rank, integer),
        scale ? range(scale, significant) : t('unknown, taken as 1'),
      ),
    ],
  ];
}

/** Tensors, parameters and bytes by role, and by reason for what is left out. */
export function totalsTable(tensors: Tensors, totals: Totals): HTMLElement {
  const { all } = totals;
  const row = (label: string, total: Total, heading = false): HTMLElement =>
    h(
      'tr',
      heading ? { class: 'sum' } : {},
      h('th', { scope: 'row' }, label),
      h('td', { class: 'number' }, integer(total.tensors)),
      h('td', { class: 'number' }, compact(total.parameters)),
      h(
        'td',
        { class: 'number share' },
        percent(all.parameters > 0 ? total.parameters / all.parameters : null),
      ),
      h('td', { class: 'number' }, bytes(total.bytes)),
    );
  const largestFirst = (labels: readonly string[], sums: readonly Total[]): HTMLElement[] =>
    labels
      .map((label, i) => ({ label, total: sums[i]! }))
      // A tensor may have a reason although another projection uses it.
      .filter(({ total }) => total.tensors > 0)
      .sort((a, b) => b.total.parameters - a.total.parameters || b.total.tensors - a.total.tensors)
      .map(({ label, total }) => row(label, total));
  const columns: [title: string, cls: string][] = [
    [t('Tensors'), 'number'],
    [t('Parameters'), 'number'],
    [t('Share'), 'number share'],
    [t('Size'), 'number'],
  ];
  return section(
    'totals',
    t('How tensors are used'),
    h(
      'div',
      { class: 'table-scroll', tabindex: 0, role: 'group', 'aria-label': t('How tensors are used') },
      h(
        'table',
        { class: 'totals' },
        h(
          'thead',
          {},
          h(
            'tr',
            {},
            h('th', { scope: 'col' }, t('Role or reason')),
            ...columns.map(([title, cls]) => h('th', { scope: 'col', class: cls }, title)),
          ),
        ),
        h(
          'tbody',
          {},
          row(t('In the network'), totals.network, true),
          ...largestFirst(tensors.roleList, totals.roles),
          row(t('Left out'), totals.leftOut, true),
          ...largestFirst(tensors.reasonList, totals.reasons),
          row(t('All'), totals.all, true),
        ),
      ),
    ),
  );
}

/** The file's own texts. They may contain anything, and are shown unchanged. */
export function metadata({
  metadata: entries,
  metadataLeftOut: leftOut,
}: Pick<ShownInspection, 'metadata' | 'metadataLeftOut'>): HTMLElement {
  return section(
    'metadata',
    t('Metadata of the file'),
    entries.length === 0
      ? h('p', { class: 'note' }, t('The file has none.'))
      : h(
          'div',
          { class: 'metadata', tabindex: 0, role: 'group', 'aria-label': t('Metadata of the file') },
          strip(entries),
          leftOut > 0 &&
            h(
              'p',
              { class: 'note', 'data-testid': 'metadata-left-out' },
              t('and {0} more', integer(leftOut)),
            ),
        ),
  );
}

/** Everything about the active tensor: on narrow pages the table has no space for it. */
export function tensorDetails(tensors: Tensors, tensor: number | null): HTMLElement {
  if (tensor === null) {
    return section(
      'tensor',
      t('Tensor'),
      h('p', { class: 'note' }, t('Select a row to see the details of its tensor.')),
    );
  }
  const kind = tensors.kind(tensor);
  const projection = tensors.projection(tensor);
  const others = tensors.uses(tensor) - 1;
  const rows: [string, ...Child[]][] = [
    [t('Name'), tensors.names.at(tensor)],
    [t('Type, shape'), `${kind.dtype}, ${shapeText(kind) || t('scalar')}`],
    [t('Parameters'), integer(parametersOf(kind))],
    [t('Size'), kind.bytes < 1000 ? bytes(kind.bytes) : exactBytes(kind.bytes)],
  ];
  if (!projection) rows.push([t('Left out'), tensors.reason(tensor) ?? NOTHING]);
  else {
    const { name, role, block, sources, targets, turned } = projection;
    rows.push(
      [t('Projection'), others > 0 ? t('{0} and {1} more', name, integer(others)) : name],
      [t('Role'), block === null ? role : t('{0} in block {1}', role, block)],
      [t('Neurons'), t('{0} sources → {1} targets', integer(sources), integer(targets))],
      [
        t('Layout'),
        turned
          ? t('in-out: a row holds one source’s weights')
          : t('out-in: a row holds one target’s weights'),
      ],
    );
  }
  return section('tensor', t('Tensor'), strip(rows));
}

function exactBytes(count: number): string {
  return t('{0}, {1} bytes', bytes(count), integer(count));
}

function section(id: string, title: string, ...content: Child[]): HTMLElement {
  return h(
    'section',
    { 'data-testid': id, 'aria-labelledby': `title-${id}` },
    h('h2', { id: `title-${id}`, class: 'figure-title' }, title),
    ...content,
  );
}
