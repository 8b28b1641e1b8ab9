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

/** A rule that the editor's own elements break, whatever an extension gives them to show. */
export interface EditorsOwn {
  rule: string;
  /** The elements that break it; others may not. */
  selector: string;
}

/**
 * The grid of tensors has the focus, and its keys scroll what is within it: axe asks for a stop there all the same.
 * What is the editor's own is taken out by element, in the page: a rule holds everywhere else.
 */
const runOn = (include: readonly string[], own: readonly EditorsOwn[]): string => {
  const within = { include, exclude: ['.grid-scroll'] };
  return `axe.run(${JSON.stringify(within)}, { resultTypes: ['violations'] }).then(({ violations }) =>
    violations.flatMap(({ id, nodes }) => nodes
      .filter(({ target }) => !${JSON.stringify(own)}.some(({ rule, selector }) =>
        rule === id && document.querySelector(target[0])?.matches(selector)))
      .map(({ html, failureSummary }) => id + ': ' + html.slice(0, 200) + '\\n' + failureSummary)))`;
};

/** Colors are what they will be once nothing fades in any more; what turns for ever is waited for by nobody. */
const SETTLED = `Promise.allSettled(document.getAnimations()
  .filter(({ effect }) => effect?.getComputedTiming().endTime !== Infinity)
  .map(({ finished }) => finished)).then(() => null)`;

/**
 * Asserts that axe finds nothing.
 * @param frame of the page. @param where says which page it is. @param include what of it is ours; all, where it is absent.
 * @param own what is not for us to keep.
 */
export async function assertAccessible(
  frame: { evaluate: (expression: string) => Promise<unknown> },
  where: string,
  include: readonly string[] = ['html'],
  own: readonly EditorsOwn[] = [],
): Promise<void> {
  await frame.evaluate(source);
  await frame.evaluate(SETTLED);
  assert.deepEqual(await frame.evaluate(runOn(include, own)), [], where);
}
