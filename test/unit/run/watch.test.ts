import { expect, it } from 'vitest';
import { CheckpointWatch, type Seen } from '../../../src/core/run/watch';

const seen = (path: string, bytes = 10, modified = 1): Seen => ({ path, bytes, modified });
const opens = (): Promise<void> => Promise.resolve();
const fails = (): Promise<void> => Promise.reject(new Error('cut short'));

/** Looks, and takes what is whole for analyzed. */
async function look(
  watch: CheckpointWatch,
  all: readonly Seen[],
  open: (checkpoint: Seen) => Promise<unknown> = opens,
  stuck: string[] = [],
): Promise<string[]> {
  const whole = await watch.look('/run', all, open, ({ path }) => stuck.push(path));
  for (const each of whole) watch.done(each);
  return whole.map(({ path }) => path);
}

it('takes a checkpoint once it has its size for two looks, and only once', async () => {
  const watch = new CheckpointWatch();
  expect(await look(watch, [seen('/run/a', 5)])).toEqual([]);
  expect(await look(watch, [seen('/run/a', 10)])).toEqual([]);
  expect(await look(watch, [seen('/run/a', 10)])).toEqual(['/run/a']);
  expect(await look(watch, [seen('/run/a', 10)])).toEqual([]);
});

it('takes one again that was written anew, also under another time alone', async () => {
  const watch = new CheckpointWatch();
  for (let i = 0; i < 2; i++) await look(watch, [seen('/run/a')]);
  expect(await look(watch, [seen('/run/a', 10, 2)])).toEqual([]);
  expect(await look(watch, [seen('/run/a', 10, 2)])).toEqual(['/run/a']);
});

it('takes none that cannot be opened, and says so once when it does not change any more', async () => {
  const watch = new CheckpointWatch();
  const stuck: string[] = [];
  for (let i = 0; i < 4; i++) expect(await look(watch, [seen('/run/a')], fails, stuck)).toEqual([]);
  expect(stuck).toEqual([]);
  for (let i = 0; i < 4; i++) expect(await look(watch, [seen('/run/a')], fails, stuck)).toEqual([]);
  expect(stuck).toEqual(['/run/a']);
  expect(await look(watch, [seen('/run/a')])).toEqual(['/run/a']);
});

it('tries one again that changed while it was analyzed', async () => {
  const watch = new CheckpointWatch();
  for (let i = 0; i < 2; i++) await watch.look('/run', [seen('/run/a')], opens, () => undefined);
  expect(await look(watch, [seen('/run/a')])).toEqual(['/run/a']);
});

it('passes over what a trainer is about to rename, wherever the run lies', async () => {
  const watch = new CheckpointWatch();
  const all = ['/tmp/run/tmp-checkpoint-5/m', '/tmp/run/step5.partial/m', '/tmp/run/template5/m'].map(
    (path) => seen(path),
  );
  for (let i = 0; i < 2; i++) {
    const whole = await watch.look('/tmp/run', all, opens, () => undefined);
    if (i === 1) expect(whole.map(({ path }) => path)).toEqual(['/tmp/run/template5/m']);
  }
});
