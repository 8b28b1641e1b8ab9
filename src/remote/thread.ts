/** The fetching thread: started at the first remote address, called by all other threads. */
import { parentPort, type MessagePort } from 'node:worker_threads';
import { errorData } from '../protocol/errors';
import type {
  AheadCall,
  Calls,
  FromStarter,
  Op,
  Reply,
  ToStarter,
  WaitingAnswers,
  WaitingCall,
} from './messages';
import { changed } from './changed';
import { Places } from './places';
import { Reader, Shared } from './reader';

const starter = parentPort!;
const tell = (message: ToStarter): void => {
  starter.postMessage(message);
};
const places = new Places(process.env, {
  onWaiting: (waiting) => {
    tell({ waiting });
  },
  onOld: (old) => {
    tell({ old });
  },
});
const shared = new Shared();
const running = new Map<number, AbortController>();

const calls: {
  [K in Op]: (
    takes: Calls[K]['takes'],
    signal: AbortSignal,
  ) => Promise<Calls[K]['answers']> | Calls[K]['answers'];
} = {
  name: ({ word, trusted }) => places.name(word, trusted),
  references: ({ repository }, signal) => places.references(repository, signal),
  below: ({ location }, signal) => places.below(location, signal),
  find: ({ location }, signal) => places.find(location, signal),
  use: ({ credentials }) => {
    places.use(credentials);
    return null;
  },
  keep: ({ options }) => {
    places.keep(options);
    return null;
  },
  renew: () => {
    places.renew();
    return null;
  },
  oldest: () => places.oldest,
  traffic: () => {
    const { transport, speed } = places;
    const { bandwidth, latency, pace } = speed;
    const { requests, bytes } = transport;
    return { requests, bytes, measured: { ...pace, bandwidth, latency }, pace };
  },
};

starter.on('message', (message: FromStarter) => {
  if ('connect' in message) serve(message.connect);
  else if ('cancel' in message) running.get(message.cancel)?.abort();
  else if ('forget' in message) shared.forget(message.forget);
  else void answer(message);
});

async function answer({ id, op, takes }: Extract<FromStarter, { id: number }>): Promise<void> {
  const ending = new AbortController();
  running.set(id, ending);
  // Each call has its own kind of arguments, which the compiler cannot express here.
  const carryOut = calls[op] as (takes: unknown, signal: AbortSignal) => unknown;
  tell({ id, reply: await replyOf(() => carryOut(takes, ending.signal)) });
  running.delete(id);
}

async function replyOf<T>(work: () => T | Promise<T>): Promise<Reply<T>> {
  try {
    return { ok: true, value: await work() };
  } catch (error) {
    return { ok: false, error: errorData(error, 'remote') };
  }
}

/** Answers a thread that waits for each call. */
function serve(port: MessagePort): void {
  const reader = new Reader(shared);
  port.on('close', () => {
    reader.end();
  });
  port.on('message', (message: WaitingCall | AheadCall) => {
    if ('ahead' in message) {
      const { location, ranges, header, shared: name } = message.ahead;
      // The read itself will report the fault.
      places.file(location, reader.signal).then(
        (file) => {
          const { pace } = places.speed;
          if (name !== null) shared.ahead(name, file, ranges, pace);
          else reader.ahead(file, ranges, { pace, header });
        },
        () => undefined,
      );
      return;
    }
    const { wake, ask } = message;
    void replyOf(() => carryOut(reader, ask)).then((reply) => {
      port.postMessage(reply);
      const flag = new Int32Array(wake);
      Atomics.store(flag, 0, 1);
      Atomics.notify(flag, 0);
    });
  });
}

async function carryOut(
  reader: Reader,
  ask: WaitingCall['ask'],
): Promise<WaitingAnswers[WaitingCall['ask']['op']]> {
  const { location } = ask;
  if (ask.op === 'stat') return places.stat(location, reader.signal);
  if (ask.op === 'list') {
    const entries = await places.list(location, reader.signal);
    return entries?.map(({ name, kind }) => ({ name, kind })) ?? null;
  }
  const file = await places.file(location, reader.signal);
  if (ask.op === 'close') {
    reader.ahead(file, [], { pace: places.speed.pace, header: true });
    return null;
  }
  // It may have been found again since it was opened.
  if (ask.stamp !== file.stamp) throw changed(location);
  let at = 0;
  await Promise.all(
    ask.ranges.map(({ offset, bytes }) => {
      const into = new Uint8Array(ask.buffer, at, bytes);
      at += bytes;
      return reader.read(file, offset, into, ask.header);
    }),
  );
  return null;
}
