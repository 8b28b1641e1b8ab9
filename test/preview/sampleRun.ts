/** The sample run with the numbers that the command line gives: pictures of readers' pages show no made-up ones. */
import type { RunSeries } from '../../src/protocol/run';
import type { Run } from '../../src/protocol/trends';
import { runFixture, SHORT } from './runFixtures';

/** @throws Error where no command line has been built, and so nothing was analyzed. */
export async function sampleRun(): Promise<Run> {
  const response = await fetch('run.json');
  const [series] = (await response.json()) as RunSeries[];
  if (!series) throw new Error('the sample run is not analyzed: run `npm run build` first');
  return { ...runFixture({ steps: SHORT }), series };
}
