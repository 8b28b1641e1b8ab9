/** The answer of `inspect` for people. */
import type { InspectionListing, ListedProjection, ListedTensor } from '../protocol/inspectionListing';
import { factText, spokenInspection } from '../protocol/factWords';
import { integer, NOTHING } from '../protocol/format';
import { largest } from '../protocol/extremes';
import { shortened, visible, visibleJson } from '../protocol/visible';
import { factsAsText } from './tensorFactsText';
import { adapterText } from './baseOption';
import type { TensorFacts } from '../protocol/tensorFacts';
import { tableLines, type Column } from './table';

const PROJECTIONS: readonly Column<ListedProjection>[] = [
  { title: 'projection', text: ({ name }) => name },
  { title: 'block', align: 'right', text: ({ block }) => (block === null ? NOTHING : String(block)) },
  { title: 'role', text: ({ role }) => role },
  { title: 'sources', align: 'right', text: ({ sources }) => integer(sources) },
  { title: 'targets', align: 'right', text: ({ targets }) => integer(targets) },
  { title: 'layout', text: ({ layout }) => layout },
  { title: 'tensors', text: ({ tensors }) => tensors.join(', ') },
];

const TENSORS: readonly Column<ListedTensor>[] = [
  { title: 'tensor', text: ({ name }) => name },
  { title: 'type', text: ({ dtype }) => dtype },
  { title: 'shape', text: ({ shape }) => `[${shape.join(', ')}]` },
  { title: 'bytes', align: 'right', text: ({ bytes }) => integer(bytes) },
];

/** For people, in pieces: half a million tensors are too long for one text. */
export function* inspectionAsText(
  inspection: InspectionListing,
  values: readonly TensorFacts[] | null = null,
): Generator<string, void> {
  const { projections, tensors, skipped } = inspection;
  yield facts(inspection);
  if (projections.length > 0) {
    yield '\n';
    yield* tableLines(PROJECTIONS, projections);
  }
  yield '\n';
  yield* values ? factsAsText(values) : tableLines(TENSORS, tensors);
  if (skipped.length === 0) return;
  yield '\nleft out\n';
  for (const [reason, names] of byReason(skipped)) {
    yield `  ${visible(reason)} (${names.length}): ${visible(names.join(', '))}\n`;
  }
}

/** For programs: indented JSON, in pieces. */
export function* inspectionAsJson(
  inspection: InspectionListing,
  values: readonly TensorFacts[] | null = null,
): Generator<string, void> {
  let separator = '{\n';
  const all = { ...spokenInspection(inspection), ...(values && { facts: values }) };
  for (const [key, value] of Object.entries(all)) {
    yield `${separator}  ${JSON.stringify(key)}: `;
    separator = ',\n';
    if (Array.isArray(value) && value.length > 0) yield* listAsJson(value);
    else yield indented(value, '  ');
  }
  yield '\n}\n';
}

function* listAsJson(list: readonly unknown[]): Generator<string, void> {
  let separator = '[\n';
  for (const item of list) {
    yield `${separator}    ${indented(item, '    ')}`;
    separator = ',\n';
  }
  yield '\n  ]';
}

function indented(value: unknown, margin: string): string {
  return visibleJson(value, 2).replaceAll('\n', `\n${margin}`);
}

/** Every line is as wide as the widest label. JSON has them uncut. */
const MAX_OF_KEY = 200;
const MAX_OF_VALUE = 10_000;

const cut = (text: string, most: number): string => (text.length > most ? shortened(text, most) : text);

function facts({ checkpoint, metadata, blocks, projections, warnings, fault }: InspectionListing): string {
  const list: [string, string][] = [
    ['checkpoint', checkpoint.path],
    ['name', checkpoint.name],
    ['step', checkpoint.step === null ? NOTHING : String(checkpoint.step)],
    ['format', checkpoint.format],
    ['architecture', checkpoint.architecture],
    ...(checkpoint.adapter ? [['adapter', adapterText(checkpoint.adapter)] satisfies [string, string]] : []),
    [
      'network',
      fault
        ? `none: ${fault.cause}`
        : `${integer(projections.length)} projections, ${integer(blocks)} blocks`,
    ],
    ...warnings.map((warning): [string, string] => ['warning', factText(warning)]),
    ['parameters', integer(checkpoint.parameters)],
    ['element types', checkpoint.dtype],
    ['bytes', integer(checkpoint.bytes)],
    ['fingerprint', checkpoint.fingerprint],
    ...Object.entries(metadata).map(([key, value]): [string, string] => [
      `metadata ${cut(key, MAX_OF_KEY)}`,
      cut(value, MAX_OF_VALUE),
    ]),
  ];
  const widest = largest(list.map(([label]) => label.length));
  return list.map(([label, value]) => `${visible(label).padEnd(widest)}  ${visible(value)}\n`).join('');
}

/** Reason → names of the tensors left out for it. */
function byReason(skipped: InspectionListing['skipped']): Map<string, string[]> {
  const groups = new Map<string, string[]>();
  for (const { tensor, reason } of skipped) {
    const words = factText(reason);
    const names = groups.get(words);
    if (names) names.push(tensor);
    else groups.set(words, [tensor]);
  }
  return groups;
}
