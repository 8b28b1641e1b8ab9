/** The answer of `inspect` for people. */
import type { InspectedProjection, Inspection } from '../protocol/inspection';
import { adapterText } from './baseOption';
import { printable } from './printable';
import { formatTable, NOTHING, whole, type Column } from './table';

const PROJECTIONS: readonly Column<InspectedProjection>[] = [
  { title: 'projection', text: ({ name }) => name },
  { title: 'block', align: 'right', text: ({ block }) => (block === null ? NOTHING : String(block)) },
  { title: 'role', text: ({ role }) => role },
  { title: 'sources', align: 'right', text: ({ sources }) => whole(sources) },
  { title: 'targets', align: 'right', text: ({ targets }) => whole(targets) },
  { title: 'layout', text: ({ layout }) => layout },
  { title: 'tensors', text: ({ tensors }) => tensors.join(', ') },
];

const TENSORS: readonly Column<Inspection['tensors'][number]>[] = [
  { title: 'tensor', text: ({ name }) => name },
  { title: 'type', text: ({ dtype }) => dtype },
  { title: 'shape', text: ({ shape }) => `[${shape.join(', ')}]` },
  { title: 'bytes', align: 'right', text: ({ bytes }) => whole(bytes) },
];

export function inspectionAsText({
  checkpoint,
  metadata,
  tensors,
  blocks,
  projections,
  skipped,
  fault,
}: Inspection): string {
  const facts: [string, string][] = [
    ['checkpoint', checkpoint.path],
    ['name', checkpoint.name],
    ['step', checkpoint.step === null ? NOTHING : String(checkpoint.step)],
    ['format', checkpoint.format],
    ['architecture', checkpoint.architecture],
    ...(checkpoint.adapter ? [['adapter', adapterText(checkpoint.adapter)] satisfies [string, string]] : []),
    [
      'network',
      fault ? `none: ${fault.cause}` : `${whole(projections.length)} projections, ${whole(blocks)} blocks`,
    ],
    ['parameters', whole(checkpoint.parameters)],
    ['element types', checkpoint.dtype],
    ['bytes', whole(checkpoint.bytes)],
    ['fingerprint', checkpoint.fingerprint],
    ...Object.entries(metadata).map(([key, value]): [string, string] => [`metadata ${key}`, value]),
  ];
  const widest = Math.max(...facts.map(([label]) => label.length));
  const reasons = [...byReason(skipped)].map(
    ([reason, names]) => `${reason} (${names.length}): ${names.join(', ')}`,
  );
  return [
    facts.map(([label, value]) => `${printable(label).padEnd(widest)}  ${printable(value)}\n`).join(''),
    projections.length > 0 ? formatTable(PROJECTIONS, projections) : '',
    formatTable(TENSORS, tensors),
    reasons.length > 0 ? `left out\n${reasons.map((line) => `  ${printable(line)}\n`).join('')}` : '',
  ]
    .filter(Boolean)
    .join('\n');
}

/** Reason → names of the tensors left out for it. */
function byReason(skipped: Inspection['skipped']): Map<string, string[]> {
  const groups = new Map<string, string[]>();
  for (const { tensor, reason } of skipped) {
    const names = groups.get(reason);
    if (names) names.push(tensor);
    else groups.set(reason, [tensor]);
  }
  return groups;
}
