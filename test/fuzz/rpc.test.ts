/**
 * Any messages to one side of a channel: handlers see only what their schema allows, every call that can be told from the
 * rest is answered once, and no call of one's own stays without an end.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import * as v from 'valibot';
import { expect } from 'vitest';
import { errorSchema } from '../../src/protocol/errors';
import { inspectHostMethods, inspectPageMethods } from '../../src/protocol/inspect';
import { hostMethods, spectrumMethods } from '../../src/protocol/panel';
import { Peer, PROTOCOL_VERSION, type Channel, type Handlers, type MethodMap } from '../../src/protocol/rpc';
import {
  dashboardHostMethods,
  dashboardMethods,
  runsHostMethods,
  runsPanelMethods,
} from '../../src/protocol/trends';
import { makeAnalysis } from '../unit/support/analysis';
import { oddNumber, oddText } from './support/odd';
import type { Random } from './support/random';
import { fuzz, type Outcome } from './support/target';
import { mutateValue } from './support/values';

/** Each side's own methods, and those of the other side. */
const SIDES: Readonly<Record<string, readonly [local: MethodMap, remote: MethodMap]>> = {
  spectrumHost: [hostMethods, spectrumMethods],
  spectrumPage: [spectrumMethods, hostMethods],
  runsHost: [runsHostMethods, runsPanelMethods],
  runsPage: [runsPanelMethods, runsHostMethods],
  inspectHost: [inspectHostMethods, inspectPageMethods],
  inspectPage: [inspectPageMethods, inspectHostMethods],
  dashboardHost: [dashboardHostMethods, dashboardMethods],
  dashboardPage: [dashboardMethods, dashboardHostMethods],
};

/** Parameters and results that are in order, of any method: changed ones are nearly so. */
const subset = { include: ['*'], exclude: [], blocks: [[0, 1]], roles: ['mlp'] };
const error = { code: 'damaged', subject: '/a', cause: 'it is cut short', nextStep: 'Copy it again' };
const item = {
  path: '/a',
  name: 'a',
  state: { kind: 'running', progress: { done: 1, total: 2, bytesRead: 3 } },
};
const checkpoint = { path: '/a', name: 'a', step: 1, state: { kind: 'failed', error } };
const run = {
  ...{ id: '/a', name: 'a', folder: 'a', readOnly: false, orderedBy: 'step', checkpoints: [checkpoint] },
  ...{ series: null, spectra: [], baselineProblem: null },
};
const shared = {
  baseline: { kind: 'step', step: 1 },
  emergenceFrom: 'alpha0',
  asked: subset,
  progress: null,
  l10n: { a: 'b' },
};
const chosen = {
  ...{ samples: 10, neurons: 32, seed: 0, threshold: 150, transfer: 'inv', filter: 0 },
  ...{ qMin: -3, qMax: 3, qStep: 0.1, scaleFree: false },
};
const VALUES: readonly unknown[] = [
  ...[
    null,
    { path: '/a' },
    { mode: 'full' },
    { message: 'x' },
    { role: null },
    { run: '/a' },
    { view: 'trends' },
  ],
  ...[
    { run: '/a', path: '/b' },
    { source: 'exact' },
    { kind: 'step', step: 512 },
    { tensors: 1, blocks: 2, ofBlocks: 3 },
  ],
  { suggestedName: 'a.png', format: 'png', content: Uint8Array.of(1, 2) },
  { include: ['*'], exclude: [''], blocks: ['0-1'], roles: ['mlp'] },
  {
    items: [item],
    asked: subset,
    askedMode: 'full',
    settings: null,
    l10n: { a: 'b' },
    mode: 'sampled',
    subset: null,
  },
  item,
  { path: '/a', name: 'a', state: { kind: 'done', result: makeAnalysis().result, packed: Uint8Array.of(1) } },
  { view: 'trends', runs: [run], askedMode: 'full', settings: { now: chosen, paper: chosen }, ...shared },
  chosen,
  { runs: [{ id: '/a', name: 'a' }], run, ...shared },
  { run: '/a', checkpoint },
  { name: 'a', state: { kind: 'failed', error }, changed: 'deleted', l10n: {} },
  { done: 1, total: 2, secondsLeft: null },
  { projections: 1, of: 2 },
];

/** Of what is refused: what cannot be seen takes up to six characters for each. */
const MAX_CHARACTERS = 7000;

interface Input {
  side: string;
  /** Methods of the other side that are called first, with any parameters. */
  calls: string[];
  messages: unknown[];
}

function make(random: Random): Input {
  const side = random.pick(Object.keys(SIDES));
  const [local, remote] = SIDES[side]!;
  const calls = random.list(0, 3, () => random.pick(Object.keys(remote)));
  const messages = random.list(1, 8, () => {
    const message = anyMessage(random, local, calls.length);
    return random.chance(0.3) ? mutateValue(random, message) : message;
  });
  return { side, calls, messages };
}

function anyMessage(random: Random, methods: MethodMap, calls: number): unknown {
  const id = random.chance(0.9) ? random.between(1, Math.max(1, calls + 1)) : oddNumber(random);
  const given = random.pick(VALUES);
  const value: unknown = random.chance(0.4) ? mutateValue(random, given) : given;
  const version = PROTOCOL_VERSION;
  switch (random.below(5)) {
    case 0:
      return { version, kind: 'ok', id, result: value };
    case 1:
      return { version, kind: 'err', id, error: random.chance(0.5) ? error : value };
    case 2:
      return { version, kind: random.pick(['progress', 'cancel']), id, value };
    default: {
      const method = random.chance(0.9) ? random.pick(Object.keys(methods)) : oddText(random);
      const fitting = VALUES.filter((each) => v.is(methods[method]?.params ?? v.unknown(), each));
      const params = fitting.length > 0 && random.chance(0.7) ? random.pick(fitting) : value;
      return { version, kind: 'call', id, method, params };
    }
  }
}

const envelope = v.object({
  version: v.literal(PROTOCOL_VERSION),
  kind: v.literal('call'),
  id: v.pipe(v.number(), v.finite(), v.integer()),
  method: v.string(),
  params: v.unknown(),
});
const replySchema = v.variant('kind', [
  v.object({ kind: v.literal('ok'), id: v.number(), result: v.unknown() }),
  v.object({ kind: v.literal('err'), id: v.number(), error: errorSchema }),
]);

async function check({ side, calls, messages }: Input): Promise<Outcome> {
  const [local, remote] = SIDES[side]!;
  const posted: unknown[] = [];
  let receive: (message: unknown) => void = () => undefined;
  const channel: Channel = {
    post: (message) => posted.push(structuredClone(message)),
    listen: (listener) => {
      receive = listener;
      return () => undefined;
    },
  };
  let handled = 0;
  const handlers = Object.fromEntries(
    Object.entries(local).map(([name, { params: schema }]) => [
      name,
      (params: unknown): null => {
        handled++;
        const parsed = v.safeParse(schema, params);
        if (!parsed.success)
          expect.fail(`${name} was given what its schema refuses: ${v.summarize(parsed.issues)}`);
        return null;
      },
    ]),
  ) as Handlers<MethodMap>;
  const refused: string[] = [];
  const peer = new Peer(channel, local, handlers, remote, (cause) => refused.push(cause));
  const results = Promise.allSettled(calls.map((name) => peer.call(name, null)));
  posted.length = 0;

  for (const message of messages) receive(structuredClone(message));
  await nextTurn();
  peer.dispose();
  const ends = await results;

  // In the order of the calls, but for handlers that take their time, and none of these does.
  const asked = messages.flatMap((message) => {
    const parsed = v.safeParse(envelope, message);
    return parsed.success ? [parsed.output.id] : [];
  });
  const replies = posted.map((message) => v.parse(replySchema, message));
  // As texts: 0 and −0 are one id.
  expect(replies.map(({ id }) => String(id)).sort()).toEqual(asked.map(String).sort());
  const texts = replies.flatMap((reply) =>
    reply.kind === 'err' ? [reply.error.cause, reply.error.subject] : [],
  );
  const reasons = ends.flatMap((end) => (end.status === 'rejected' ? [String(end.reason)] : []));
  for (const text of [...texts, ...refused]) expect(text.length).toBeLessThanOrEqual(MAX_CHARACTERS);
  expect(reasons.filter((reason) => !reason.startsWith('NeuroMfaError: '))).toEqual([]);
  return handled > 0 ? 'taken' : 'refused';
}

fuzz({ name: 'rpc', make, check });
