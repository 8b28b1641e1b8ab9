/** In a program that runs for weeks, servers are asked again where a user names an address again; nothing is read of two states of a file. */
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { MessagePort } from 'node:worker_threads';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { EntryState } from '../../src/core/storage/storage';
import { Gateway } from '../../src/remote/gateway';
import type { Reply, WaitingCall } from '../../src/remote/messages';
import { RemoteRuns } from '../../src/remote/remoteRuns';
import { bundleCli } from '../unit/support/bundleCli';
import { ROOT } from '../unit/support/golden';
import { folders } from './folders';
import { Hub } from './hub';

const SAMPLE = join(ROOT, 'samples/neox-1m');
const RUN = 'hf://lab/moving';
const FILE = `${RUN}@step64/model.safetensors`;
const RANGE = { offset: 100_000, bytes: 5000 };

const { own } = folders('anew');
const endpoint = process.env['HF_ENDPOINT'];
let hub: Hub;
let gateway: Gateway;
let runs: RemoteRuns;
let port: MessagePort;

beforeAll(async () => {
  const cli = await bundleCli(own('program'));
  hub = await Hub.start();
  // The thread takes it from here.
  process.env['HF_ENDPOINT'] = hub.origin;
  gateway = new Gateway(dirname(cli));
  runs = new RemoteRuns(gateway);
  runs.keep({ directory: own('kept'), refresh: false });
  ({ port } = gateway.connect());
});
afterAll(async () => {
  port.close();
  await gateway.dispose();
  if (endpoint === undefined) delete process.env['HF_ENDPOINT'];
  else process.env['HF_ENDPOINT'] = endpoint;
});

const bytesOf = (step: string): Buffer =>
  readFileSync(join(SAMPLE, step, 'model.safetensors')).subarray(RANGE.offset, RANGE.offset + RANGE.bytes);
const contents = async (anew: boolean): Promise<[string, string | null][]> =>
  (await runs.list(RUN, { anew })).checkpoints.map(({ name, content }): [string, string | null] => [
    name,
    content,
  ]);

/** As a reading thread asks, but without waiting: the server is of this thread. */
async function answer<T>(ask: WaitingCall['ask']): Promise<Reply<T>> {
  const replied = new Promise<Reply<T>>((resolve) => port.once('message', resolve));
  port.postMessage({ wake: new SharedArrayBuffer(4), ask } satisfies WaitingCall);
  return replied;
}
async function stamp(): Promise<string> {
  const reply = await answer<EntryState>({ op: 'stat', location: FILE });
  if (!reply.ok) throw new Error(reply.error.cause);
  return reply.value.stamp;
}
async function read(opened: string, range = RANGE): Promise<Buffer | string> {
  const buffer = new SharedArrayBuffer(range.bytes);
  const ask = { op: 'read', location: FILE, stamp: opened, ranges: [range], buffer, header: false } as const;
  const reply = await answer<null>(ask);
  return reply.ok ? Buffer.from(new Uint8Array(buffer)) : reply.error.code;
}

it('what lies there is of when it was asked for, and what was opened is read as it was or not at all', async () => {
  hub.add('lab/moving', 'step0', join(SAMPLE, 'step0'));
  hub.add('lab/moving', 'step64', join(SAMPLE, 'step64'));
  const first = await contents(true);
  const opened = await stamp();
  expect(await read(opened)).toEqual(bytesOf('step64'));

  hub.add('lab/moving', 'step64', join(SAMPLE, 'step512'));
  hub.add('lab/moving', 'step1000', join(SAMPLE, 'step1000'));
  expect(await contents(false)).toEqual(first);
  expect([await stamp(), await read(opened)]).toEqual([opened, bytesOf('step64')]);

  const then = await contents(true);
  expect(then.map(([name]) => name)).toEqual(['step0', 'step64', 'step1000']);
  expect(then).not.toContainEqual(first[1]);
  const now = await stamp();
  expect(now).not.toBe(opened);
  expect(await read(opened)).toBe('changed');
  expect(await read(now)).toEqual(bytesOf('step512'));

  // The list tells the same as before, and the server of the bytes another state: however often, nothing is read of that.
  hub.faults.set(['changed']);
  const other = { offset: 1_000_000, bytes: 5000 };
  for (let time = 0; time < 3; time++) expect(await read(now, other)).toBe('changed');
  hub.faults.set([]);
  expect(await read(now)).toEqual(bytesOf('step512'));

  expect(await runs.list(RUN, { anew: true })).not.toHaveProperty('old');
  const before = Date.now();
  await hub.close();
  const { old, checkpoints } = await runs.list(RUN, { anew: true });
  expect(checkpoints.map(({ name, content }) => [name, content])).toEqual(then);
  expect(old).toBeLessThanOrEqual(before);
  expect(old).toBeGreaterThan(before - 600_000);
});
