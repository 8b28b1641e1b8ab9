/**
 * The data of a self-contained HTML report: `neuromfa/report@1`.
 *
 * The page contains these data as JSON in a `<script type="application/json">` with this id, with every `<` written as
 * `\u003c`, so that no name can end the element; then the report's style sheet and script, inline.
 */
import * as v from 'valibot';
import { acrossSchema } from './metrics';
import { count } from './numbers';
import { runSeriesSchema } from './run';
import { runsModelSchema } from './trends';

export const REPORT_SCHEMA = 'neuromfa/report@1';
export const REPORT_DATA_ID = 'neuromfa-report-data';

const reportRunSchema = v.pipe(
  v.object({
    series: runSeriesSchema,
    /** The mean spectra of `series.points`, in the form of the panels. */
    spectra: runsModelSchema.entries.runs.item.entries.spectra,
    /** How it was drawn where the report was made; by default according to its position in the report. */
    style: v.exactOptional(v.object({ place: count, hue: v.exactOptional(count) })),
  }),
  v.check(({ series, spectra }) => spectra.length === series.points.length, 'one spectrum for each point'),
  v.check(({ series }) => series.points.length > 0, 'a run without results has no report'),
);
export type ReportRun = v.InferOutput<typeof reportRunSchema>;

export const reportSchema = v.object({
  schema: v.literal(REPORT_SCHEMA),
  /** When the report was made, in ISO 8601. */
  created: v.pipe(v.string(), v.isoTimestamp()),
  runs: v.pipe(v.array(reportRunSchema), v.minLength(1)),
  /** For runs with metrics, where there are enough of them. */
  across: v.exactOptional(acrossSchema),
});
export type Report = v.InferOutput<typeof reportSchema>;
