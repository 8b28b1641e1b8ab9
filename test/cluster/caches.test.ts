/** Results come back through a store on a file system whose clients remember for half a minute what is not there. */
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
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
/** What lies on the server, and what its clients see of it: a node that computes, and who waits for it. */
const [shared, node, seen] = ['shared', 'node', 'seen'].map((name) => join(folder, name)) as [
  string,
  string,
  string,
];
for (const each of [shared, node, seen]) mkdirSync(each);
// What can be installed has to be, where everything is tested.
if (missingPrograms().length > 0 && process.env['CI'])
  throw new Error(`missing: ${missingPrograms().join(', ')}`);
// Each with a cache of its own.
const mounts = [node, seen].map((at) => CachingMount.make(shared, at, REMEMBERED_S));
const refused = mounts.find((mount) => typeof mount === 'string');
// Mounts need rights that continuous integration may not have.
if (refused) console.warn(`The tests with caching file systems are skipped: ${refused}.`);
afterAll(() => {
  for (const mount of mounts) if (typeof mount !== 'string') mount.unmount();
  rmSync(folder, { recursive: true });
});

const contentOf = (at: string) => sourced(makeAnalysis(nameOf(at), at));
const keyOf = (at: string): string => {
  const job = jobOf(storedSubject(at), settings);
  return resultKey(contentOf(at).result.checkpoint.fingerprint, recordedSettings(job));
};

// Needs a mount that shows files late: where none can be made, the warning above says why.
describe.skipIf(refused !== undefined)('a store that is seen late', () => {
  const paths = Array.from('abcdefgh', (name) => `/${name}`);
  const jobs = paths.map((at) => jobOf(storedSubject(at), settings));
  const submitted: Task[] = [];
  let missed = 0;
  let theirs: ResultStore;
  beforeAll(async () => {
    theirs = await ResultStore.open(node, () => undefined);
  });

  /** What the store lacks is submitted, and stored by a node, another client of the file system. */
  const waitingFor = (store: ResultStore): DispatchedAnalyses =>
    new DispatchedAnalyses({
      store,
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

  it('gives all results to who waits, who computes nothing', async () => {
    const analyses = waitingFor(await ResultStore.open(seen, () => undefined));
    const found = await Promise.all(jobs.map((job) => analyses.analyze(job)));
    expect(found.map(({ result }) => result.checkpoint.path)).toEqual(paths);
    expect(submitted.map(({ subject }) => subject.at)).toEqual(paths);
    // What was written and not seen at first: else this would have proven nothing.
    expect(missed).toBe(paths.length);
    expect(LATE_MS).toBeGreaterThan(1000 * REMEMBERED_S);
    expect(readdirSync(shared).filter((name) => name.endsWith('.tmp'))).toEqual([]);
  });

  it('has them for both clients afterwards, also where both have written them', async () => {
    const ours = await ResultStore.open(seen, () => undefined);
    const both = [theirs, ours, theirs, ours];
    await Promise.all(
      both.map(async (store) => {
        for (const at of paths) {
          const { source, ...analysis } = contentOf(at);
          await store.put(keyOf(at), analysis, source);
        }
      }),
    );
    for (const at of [node, seen]) {
      const store = await ResultStore.open(at, (line) => {
        throw new Error(line);
      });
      const analyses = waitingFor(store);
      const found = await Promise.all(jobs.map((job) => analyses.analyze(job)));
      expect(found.map(({ result }) => result.checkpoint.path)).toEqual(paths);
    }
    // Nothing twice.
    expect(submitted).toHaveLength(paths.length);
    expect(readdirSync(shared).filter((name) => name.endsWith('.json'))).toHaveLength(paths.length);
    expect(readdirSync(shared).filter((name) => name.endsWith('.tmp'))).toEqual([]);
  });
});
