/** Any text as a list of tasks: what is taken is what this program would have written, and nothing that it names is opened. */
import { expect } from 'vitest';
import { makeSettings, MAX_ORDER, MAX_SAMPLES } from '../../src/core/analysis/settings';
import { parseTasks, taskKey, taskOf, tasksText, type Task } from '../../src/dispatch/task';
import { jobOf } from '../../src/protocol/subject';
import { mutateSome } from './support/bytes';
import { expectFinite, expectRefusal } from './support/expectations';
import { anyStyle, mutateJson, toEntries, writeJson } from './support/json';
import type { Random } from './support/random';
import { fuzz, type Outcome } from './support/target';

interface Input {
  text: Uint8Array;
}

function make(random: Random): Input {
  const tasks = random.list(1, 3, (i) =>
    taskOf(
      jobOf(
        {
          at: `/runs/step${i}`,
          weights: { kind: random.pick(['stored', 'init', 'gaussian']) },
          base: random.pick([null, '/base', { within: ['/runs'] }]),
        },
        makeSettings({
          samples: random.between(1, 20),
          seed: random.between(0, 99),
          mode: random.pick(['full', 'sampled']),
        }),
      ),
    ),
  );
  let file: unknown = toEntries(JSON.parse(tasksText([tasks])));
  if (random.chance(0.9))
    for (let left = random.between(1, 3); left > 0; left--) file = mutateJson(random, file);
  const text = writeJson(random, file, anyStyle(random));
  const bytes = mutateSome(random, Buffer.from(text), 0.95);
  // Whoever writes tasks by hand can name them, too.
  return { text: random.chance(0.7) ? renamed(bytes) : bytes };
}

/** The same with keys that fit, where that can be made. */
function renamed(bytes: Uint8Array): Uint8Array {
  try {
    const file = JSON.parse(Buffer.from(bytes).toString()) as { groups: Task[][] };
    for (const task of file.groups.flat()) task.key = taskKey(task);
    return Buffer.from(JSON.stringify(file));
  } catch {
    return bytes;
  }
}

function check({ text }: Input): Outcome {
  let groups: ReturnType<typeof parseTasks>;
  try {
    groups = parseTasks(text, 'tasks.json');
  } catch (error) {
    return expectRefusal(error, 'tasks.json');
  }
  expectFinite(groups);
  for (const { subject, settings } of groups.flat()) {
    expect(subject.at.startsWith('/')).toBe(true);
    expect(settings.samples).toBeLessThanOrEqual(MAX_SAMPLES);
    for (const q of settings.q) expect(Math.abs(q)).toBeLessThanOrEqual(MAX_ORDER);
  }
  expect(parseTasks(Buffer.from(tasksText(groups)), 'tasks.json')).toEqual(groups);
  return 'taken';
}

fuzz({ name: 'tasks', make, check });
