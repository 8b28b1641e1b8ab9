/** The inspection that a listing spells out, for engines that are made up. */
import type { Inspection } from '../../../src/protocol/inspection';
import type { InspectionListing } from '../../../src/protocol/inspectionListing';
import { packTensors } from '../../../src/protocol/tensorTable';

export function packListing(listing: Omit<InspectionListing, 'schema'>): Inspection {
  const { tensors, projections, skipped, ...inspection } = listing;
  const made = projections.map(({ tensors: parts, ...projection }) => ({
    ...projection,
    parts: parts.map((tensor) => ({ tensor })),
  }));
  return { ...inspection, tensors: packTensors({ tensors, projections: made, skipped }) };
}
