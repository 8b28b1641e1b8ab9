/** What axe-core finds in a page. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { paths } from '../harness/paths';

const source = readFileSync(
  createRequire(join(paths.root, 'package.json')).resolve('axe-core/axe.min.js'),
  'utf8',
);
/** The grid of tensors has the focus, and its keys scroll what is within it: axe asks for a stop there all the same. */
const RUN = `axe.run({ exclude: ['.grid-scroll'] }, { resultTypes: ['violations'] })`;

interface Found {
  violations: { id: string; impact: string; nodes: { html: string; failureSummary: string }[] }[];
}

/** Asserts that axe finds nothing. @param frame of the page. @param where says which page it is. */
export async function assertAccessible(
  frame: { evaluate: (expression: string) => Promise<unknown> },
  where: string,
): Promise<void> {
  await frame.evaluate(source);
  const { violations } = (await frame.evaluate(RUN)) as Found;
  const lines = violations.flatMap(({ id, nodes }) =>
    nodes.map(({ html, failureSummary }) => `${id}: ${html.slice(0, 200)}\n${failureSummary}`),
  );
  assert.deepEqual(lines, [], where);
}
