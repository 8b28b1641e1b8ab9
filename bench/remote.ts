/**
 * Checkpoints from a server on this machine that answers after 40 ms and sends 100 MB per second to all connections together:
 * samples scattered and in runs, once more with other settings, and the full network; beside the price that was told.
 * `node scripts/run-ts.mjs bench/remote.ts [--latency MS] [--bandwidth MB] [--full] [410m] [2.8b …]`, after
 * `npm run build -- --production`.
 */
import { closeSync, existsSync, openSync, readdirSync, readSync, rmSync, statSync } from 'node:fs';
import { createServer, get, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { markdown, runCli, type Usage } from './measure';
import { bytesOf, makeCheckpoint, SHAPES } from './shapes';

/** Places of the counters that the server writes. */
const [REQUESTS, BYTES] = [0, 1];
const CHUNK_BYTES = 2 ** 18;

interface Served {
  folder: string;
  latency: number;
  /** Bytes per second. */
  bandwidth: number;
  counters: SharedArrayBuffer;
}

if (isMainThread) await measure();
else serve(workerData as Served);

/** Seconds that downloading a file takes, by one connection, without writing it anywhere. */
async function download(address: string): Promise<number> {
  const begin = performance.now();
  await new Promise<void>((resolve, reject) => {
    get(address, (answer) => answer.resume().once('end', resolve).once('error', reject)).once(
      'error',
      reject,
    );
  });
  return (performance.now() - begin) / 1e3;
}

async function measure(): Promise<void> {
  const { values, positionals } = parseArgs({
    options: {
      latency: { type: 'string', default: '40' },
      bandwidth: { type: 'string', default: '100' },
      full: { type: 'boolean', default: false },
    },
    allowPositionals: true,
  });
  const bandwidth = Number(values.bandwidth) * 1e6;
  const rows: Record<string, string | number>[] = [];
  for (const name of positionals.length > 0 ? positionals : ['410m']) {
    const folder = makeCheckpoint(SHAPES[name]!);
    const counters = new SharedArrayBuffer(16);
    const counted = new BigInt64Array(counters);
    const served: Served = { folder, latency: Number(values.latency), bandwidth, counters };
    const server = new Worker(new URL(import.meta.url), { workerData: served });
    const port = await new Promise<number>((resolve) => server.once('message', resolve));
    const address = `http://127.0.0.1:${port}/model.safetensors`;
    const whole = await download(address);
    const cache = join(tmpdir(), `neuromfa-bench-remote-${process.pid}`);
    process.env['XDG_CACHE_HOME'] = cache;
    const row = (what: string, words: readonly string[], told = true): void => {
      // What was read of headers before is read again, for the price as well.
      if (told) rmSync(cache, { recursive: true, force: true });
      const price = told
        ? (
            JSON.parse(runCli(['analyze', address, ...words, '--dry-run', '--json']).stdout) as [
              { bytes: number; requests: number; seconds: number },
            ]
          )[0]
        : null;
      // What the price has read of headers is read again.
      if (told) rmSync(cache, { recursive: true, force: true });
      counted.fill(0n);
      const usage: Usage = runCli(['analyze', address, ...words, '--threads', '2', '--json']);
      const [requests, bytes] = [Number(counted[REQUESTS]), Number(counted[BYTES])];
      rows.push({
        shape: name,
        what,
        requests,
        MB: (bytes / 1e6).toFixed(0),
        's, process start included': (usage.wall / 1e3).toFixed(1),
        's, downloaded whole': `${whole.toFixed(1)} (${(bytesOf(folder) / bandwidth).toFixed(1)} at best)`,
        'memory (MB)': usage.memory.toFixed(0),
        'read / told': price ? (bytes / price.bytes).toFixed(3) : '',
        'requests / told': price ? (requests / price.requests).toFixed(3) : '',
      });
      console.error(JSON.stringify(rows.at(-1)));
    };
    row('scattered', []);
    row('the same with another T and q', ['--threshold', '100', '--q-min', '-2'], false);
    row('runs', ['--draws', 'runs']);
    if (values.full) row('full network', ['--mode', 'full', '--yes']);
    rmSync(cache, { recursive: true, force: true });
    await server.terminate();
  }
  console.log(markdown(rows));
}

function serve({ folder, latency, bandwidth, counters }: Served): void {
  const counted = new BigInt64Array(counters);
  /** When the line is free again. */
  let free = 0;
  const server = createServer((request, response) => {
    Atomics.add(counted, REQUESTS, 1n);
    setTimeout(() => {
      const { pathname } = new URL(request.url ?? '/', 'http://host');
      if (pathname === '/') {
        const names = readdirSync(folder).map((name) => ({
          name,
          type: 'file',
          size: statSync(join(folder, name)).size,
        }));
        response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(names));
        return;
      }
      const path = join(folder, pathname);
      if (!existsSync(path) || !statSync(path).isFile()) {
        response.writeHead(404).end();
        return;
      }
      const { size, mtimeMs } = statSync(path);
      const [, from = '0', to = ''] = /bytes=(\d+)-(\d*)/.exec(request.headers.range ?? '') ?? [];
      const [first, last] = [Number(from), to === '' ? size - 1 : Number(to)];
      response.writeHead(206, {
        etag: `"${mtimeMs}-${size}"`,
        'content-range': `bytes ${first}-${last}/${size}`,
        'content-length': last - first + 1,
      });
      response.setMaxListeners(0);
      void send(response, path, first, last + 1);
    }, latency);
  });
  const send = async (response: ServerResponse, path: string, first: number, end: number): Promise<void> => {
    const file = openSync(path, 'r');
    const isWanted = (): boolean => !response.destroyed;
    for (let at = first; at < end && isWanted();) {
      const chunk = Buffer.allocUnsafe(Math.min(CHUNK_BYTES, end - at));
      readSync(file, chunk, 0, chunk.length, at);
      free = Math.max(free, performance.now()) + (1e3 * chunk.length) / bandwidth;
      const wait = free - performance.now();
      if (wait > 1) await new Promise((resolve) => setTimeout(resolve, wait));
      if (!response.write(chunk) && isWanted())
        await new Promise((resolve) => {
          response.once('drain', resolve).once('close', resolve);
        });
      Atomics.add(counted, BYTES, BigInt(chunk.length));
      at += chunk.length;
    }
    closeSync(file);
    response.end();
  };
  server.listen(0, '127.0.0.1', () => {
    parentPort!.postMessage((server.address() as AddressInfo).port);
  });
}
