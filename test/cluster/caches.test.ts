/** Results come back through a store on a file system whose clients remember for half a minute what is not there. */
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { resultKey } from '../../src/core/store/resultKey';
import { ResultStore } from '../../src/core/store/resultStore';
import { LATE_MS, machineClock } from '../../src/dispatch/clock';
import { DispatchedAnalyses } from '../../src/dispatch/dispatchedAnalyses';
import type { Task } from '../../src/dispatch/task';
import { jobOf, recordedSettings, storedSubject } from '../../src/protocol/subject';
import { makeAnalysis, nameOf, settings, sourced } from '../unit/support/analysis';
import { CachingMount, missingPrograms } from './cachingMount';

const REMEMBERED_S = 30;

const folder = mkdtempSync(join(tmpdir(), 'neuromfa-caches-'));
const [shared, seen] = [join(folder, 'shared'), join(folder, 'seen')];
for (const each of [shared, seen]) mkdirSync(each);
// What can be installed has to be, where everything is tested.
if (missingPrograms().length > 0 && process.env['CI'])
  throw new Error(`missing: ${missingPrograms().join(', ')}`);
const mount = CachingMount.make(shared, seen, REMEMBERED_S);
// Mounts need rights that continuous integration may not have.
if (typeof mount === 'string') console.warn(`The test with a caching file system is skipped: ${mount}.`);
afterAll(() => {
  if (typeof mount !== 'string') mount.unmount();
  rmSync(folder, { recursive: true });
});

const contentOf = (at: string) => sourced(makeAnalysis(nameOf(at), at));
const keyOf = (at: string): string => {
  const job = jobOf(storedSubject(at), settings);
  return resultKey(contentOf(at).result.checkpoint.fingerprint, recordedSettings(job));
};

// Needs a mount that shows files late: where none can be made, the warning above says why.
describe.skipIf(typeof mount === 'string')('a store that is seen late', () => {
  it('gives all results to who waits, who computes nothing', async () => {
    const theirs = await ResultStore.open(shared, () => undefined);
    const ours = await ResultStore.open(seen, () => undefined);
    const paths = ['/a', '/b', '/c'];
    const submitted: Task[] = [];
    let missed = 0;
    const analyses = new DispatchedAnalyses({
      store: ours,
      clock: machineClock,
      engine: {
        describe: ({ at }) => {
          const { result, source } = contentOf(at);
          return Promise.resolve({ checkpoint: result.checkpoint, fault: null, state: source.state });
        },
        estimate: () => Promise.resolve({ fileBytes: 10, bytes: 10, seconds: 1, threads: 1, memory: 1e6 }),
        analyze: () => Promise.reject(new Error('who waits computes nothing')),
        recognize: () => Promise.reject(new Error('who waits reads no weights')),
      },
      dispatcher: {
        live: () => Promise.resolve([]),
        submit: (groups) => {
          const tasks = groups.map((group) => group.tasks);
          submitted.push(...tasks.flat());
          return Promise.resolve({ id: '1', folder: '/jobs', tasks });
        },
        watch: async ({ tasks }, watching) => {
          for (const task of tasks.flat()) {
            // As a node does, which is another client of the file system.
            const { source, ...analysis } = contentOf(task.subject.at);
            await theirs.put(keyOf(task.subject.at), analysis, source);
            if (!existsSync(join(seen, `${keyOf(task.subject.at)}.json`))) missed++;
            watching.onState(task, { kind: 'stored' });
          }
          await new Promise((ended) => {
            watching.signal.addEventListener('abort', ended);
          });
        },
        cancel: () => Promise.resolve(),
        log: () => Promise.resolve(null),
      },
      options: { atATime: null, processors: 1, extra: [] },
      onNote: () => undefined,
    });
    const found = await Promise.all(paths.map((at) => analyses.analyze(jobOf(storedSubject(at), settings))));
    expect(found.map(({ result }) => result.checkpoint.path)).toEqual(paths);
    expect(submitted.map(({ subject }) => subject.at)).toEqual(paths);
    // What was written and not seen at first: else this would have proven nothing.
    expect(missed).toBe(paths.length);
    expect(LATE_MS).toBeGreaterThan(1000 * REMEMBERED_S);
    expect(readdirSync(shared).filter((name) => name.endsWith('.tmp'))).toEqual([]);
  });
});
