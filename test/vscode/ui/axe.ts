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
const runOn = (include: readonly string[], without: readonly string[]): string => {
  const rules = Object.fromEntries(without.map((rule) => [rule, { enabled: false }]));
  const within = { include, exclude: ['.grid-scroll'] };
  return `axe.run(${JSON.stringify(within)}, ${JSON.stringify({ resultTypes: ['violations'], rules })})`;
};

interface Found {
  violations: { id: string; impact: string; nodes: { html: string; failureSummary: string }[] }[];
}

/**
 * Asserts that axe finds nothing.
 * @param frame of the page. @param where says which page it is. @param include what of it is ours; all, where it is absent.
 * @param without rules that are not for us to keep.
 */
export async function assertAccessible(
  frame: { evaluate: (expression: string) => Promise<unknown> },
  where: string,
  include: readonly string[] = ['html'],
  without: readonly string[] = [],
): Promise<void> {
  await frame.evaluate(source);
  const { violations } = (await frame.evaluate(runOn(include, without))) as Found;
  const lines = violations.flatMap(({ id, nodes }) =>
    nodes.map(({ html, failureSummary }) => `${id}: ${html.slice(0, 200)}\n${failureSummary}`),
  );
  assert.deepEqual(lines, [], where);
}
