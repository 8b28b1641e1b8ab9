/** What is shown of a checkpoint: each of its tensors in the network, or left out with a reason. */
import { expect } from 'vitest';
import { checkpointSchema } from '../../../src/protocol/analysis';
import { shownInspection } from '../../../src/extension/panels/shownInspection';
import { shownInspectionSchema } from '../../../src/protocol/inspect';
import { listInspection } from '../../../src/protocol/inspectionListing';
import { storedSubject, type BaseChoice } from '../../../src/protocol/subject';
import { jobs } from '../../../src/worker/job';
import { expectFinite, expectRefusal, expectSound } from './expectations';
import type { Outcome } from './target';
import { factText } from '../../../src/protocol/factWords';

/** @param subject what a refusal must name: the checkpoint, or the folder of all that belongs to it. */
export function inspectIt(path: string, base: BaseChoice = null, subject = path): Outcome {
  try {
    const packed = jobs.inspect({ subject: storedSubject(path, base) });
    const inspection = listInspection(packed);
    expectSound(checkpointSchema, inspection.checkpoint);
    // What the file tells about itself may be long, and is no text of ours.
    expectFinite({ ...inspection, metadata: null });
    if (inspection.fault === null) expect(inspection.projections.length).toBeGreaterThan(0);
    const used = inspection.projections.flatMap(({ tensors }) => tensors);
    const told = new Set([...used, ...inspection.skipped.map(({ tensor }) => tensor)]);
    expect([...told].sort()).toEqual([...new Set(inspection.tensors.map(({ name }) => name))].sort());
    expect(inspection.skipped.filter(({ reason }) => factText(reason) === '')).toEqual([]);
    expectSound(shownInspectionSchema, { ...shownInspection(packed), metadata: [] });
    return inspection.fault === null ? 'taken' : 'refused';
  } catch (error) {
    return expectRefusal(error, subject);
  }
}
