/**
 * The part of an inspection that the page of the inspect view shows: it draws all metadata that it receives, so it
 * receives limited metadata.
 */
import { formatLabel } from '../../core/checkpoint/formats/names';
import type { ShownInspection } from '../../protocol/inspect';
import type { Inspection } from '../../protocol/inspection';
import { shortened } from '../../protocol/visible';

const MAX_ENTRIES = 1000;
const MAX_CHARACTERS = 10_000;

export function shownInspection({ metadata, ...inspection }: Inspection): ShownInspection {
  const entries = Object.entries(metadata);
  return {
    ...inspection,
    format: formatLabel(inspection.checkpoint.format),
    metadata: entries.slice(0, MAX_ENTRIES).map(([key, value]) => [cut(key), cut(value)]),
    metadataLeftOut: Math.max(0, entries.length - MAX_ENTRIES),
  };
}

function cut(text: string): string {
  return text.length > MAX_CHARACTERS ? shortened(text, MAX_CHARACTERS) : text;
}
