import { MessageChannel, Worker } from 'node:worker_threads';
import { afterEach, expect, it } from 'vitest';
import { RemoteFiles } from '../../../src/remote/remoteFiles';

/** Wakes whoever waits before the answer is there, as a late wake-up of the answer before does. */
const EARLY = `
require('node:worker_threads').workerData.port.on('message', function ({ wake, ask }) {
  const flag = new Int32Array(wake);
  setTimeout(() => Atomics.notify(flag, 0), 20);
  setTimeout(() => {
    this.postMessage({ ok: true, value: { kind: 'file', bytes: ask.location.length } });
    Atomics.store(flag, 0, 1);
    Atomics.notify(flag, 0);
  }, 100);
});
`;

let worker: Worker;
afterEach(() => worker.terminate());

it('waits for its answer, whatever wakes it before', () => {
  const { port1, port2 } = new MessageChannel();
  worker = new Worker(EARLY, { eval: true, workerData: { port: port2 }, transferList: [port2] });
  const alive = new SharedArrayBuffer(4);
  new Int32Array(alive)[0] = 1;
  const files = new RemoteFiles({ port: port1, alive });
  for (const location of ['hf://a', 'hf://ab', 'hf://abc'])
    expect(files.stat(location)).toEqual({ kind: 'file', bytes: location.length });
});
