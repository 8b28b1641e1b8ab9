/**
 * Calls between two sides that only exchange messages (extension host ↔ webview).
 *
 * A method map states the parameters and the result of every method as schemas; both sides derive their types
 * from it and both validate what arrives, because the other side is another program. A call ends in exactly one of
 * ok, err, or, when the channel is disposed, a rejection: no caller waits forever.
 */
import * as v from 'valibot';
import { errorData, errorSchema, NeuroMfaError } from './errors';
import { whole } from './numbers';
import { shortened } from './visible';

/** Raised when messages change shape. A peer of another version is refused with an error that says so. */
export const PROTOCOL_VERSION = 1;

type AnySchema = v.GenericSchema;

export interface Method {
  params: AnySchema;
  result: AnySchema;
  /** What the callee may report while it works. */
  progress?: AnySchema;
}
export type MethodMap = Record<string, Method>;

export type Params<M extends Method> = v.InferOutput<M['params']>;
type Result<M extends Method> = v.InferOutput<M['result']>;
type Progress<M extends Method> = M['progress'] extends AnySchema ? v.InferOutput<M['progress']> : never;

export interface CallContext<P> {
  signal: AbortSignal;
  progress: (value: P) => void;
}
export type Handlers<Map extends MethodMap> = {
  [K in keyof Map]: (
    params: Params<Map[K]>,
    context: CallContext<Progress<Map[K]>>,
  ) => Result<Map[K]> | Promise<Result<Map[K]>>;
};

export interface CallOptions<P> {
  signal?: AbortSignal;
  onProgress?: (value: P) => void;
}

/** The two ends of a message channel. `listen` returns what stops listening. */
export interface Channel {
  post(message: unknown): void;
  listen(receive: (message: unknown) => void): () => void;
}

/** Characters of what is wrong with a message. */
const MAX_REPORTED = 1000;

const id = whole;
const version = v.literal(PROTOCOL_VERSION);
const messageSchema = v.variant('kind', [
  v.object({ version, kind: v.literal('call'), id, method: v.string(), params: v.unknown() }),
  v.object({ version, kind: v.literal('ok'), id, result: v.unknown() }),
  v.object({ version, kind: v.literal('err'), id, error: errorSchema }),
  v.object({ version, kind: v.literal('progress'), id, value: v.unknown() }),
  v.object({ version, kind: v.literal('cancel'), id }),
]);
type Message = v.InferOutput<typeof messageSchema>;

interface Pending {
  method: Method;
  resolve(value: unknown): void;
  reject(error: unknown): void;
  onProgress: ((value: never) => void) | undefined;
  detach(): void;
}

export class Peer<Local extends MethodMap, Remote extends MethodMap> {
  readonly #pending = new Map<number, Pending>();
  readonly #running = new Map<number, AbortController>();
  readonly #stop: () => void;
  #nextId = 1;
  #disposed = false;

  /**
   * @param onProtocolError called for every message that was refused, with the method where it was a call of one of ours; a
   *   peer must not crash its owner.
   */
  constructor(
    private readonly channel: Channel,
    private readonly local: Local,
    private readonly handlers: Handlers<Local>,
    private readonly remote: Remote,
    private readonly onProtocolError: (cause: string, method?: string) => void = () => undefined,
  ) {
    this.#stop = channel.listen((message) => {
      this.#receive(message);
    });
  }

  /** Calls a method of the other side. Rejects with a {@link NeuroMfaError} on any failure, cancellation or disposal. */
  call<K extends keyof Remote & string>(
    name: K,
    params: Params<Remote[K]>,
    options: CallOptions<Progress<Remote[K]>> = {},
  ): Promise<Result<Remote[K]>> {
    if (this.#disposed) return Promise.reject(closed(name));
    const callId = this.#nextId++;
    const method = this.remote[name]!;
    return new Promise((resolve, reject) => {
      const cancel = (): void => {
        this.#post({ version: PROTOCOL_VERSION, kind: 'cancel', id: callId });
        this.#settle(callId)?.reject(new NeuroMfaError('cancelled', name, 'the call was canceled', ''));
      };
      if (options.signal?.aborted) {
        reject(new NeuroMfaError('cancelled', name, 'the call was canceled', ''));
        return;
      }
      options.signal?.addEventListener('abort', cancel, { once: true });
      this.#pending.set(callId, {
        method,
        resolve: resolve,
        reject,
        onProgress: options.onProgress,
        detach: () => options.signal?.removeEventListener('abort', cancel),
      });
      try {
        this.#post({ version: PROTOCOL_VERSION, kind: 'call', id: callId, method: name, params });
      } catch (error) {
        // Parameters that cannot be copied, for one.
        this.#settle(callId)?.reject(NeuroMfaError.from(errorData(error, name)));
      }
    });
  }

  dispose(): void {
    if (this.#disposed) return;
    this.#disposed = true;
    this.#stop();
    for (const controller of this.#running.values()) controller.abort();
    this.#running.clear();
    for (const callId of [...this.#pending.keys()]) this.#settle(callId)?.reject(closed('call'));
  }

  #post(message: Message): void {
    if (!this.#disposed) this.channel.post(message);
  }

  #settle(callId: number): Pending | undefined {
    const pending = this.#pending.get(callId);
    this.#pending.delete(callId);
    pending?.detach();
    return pending;
  }

  #receive(raw: unknown): void {
    const parsed = v.safeParse(messageSchema, raw);
    if (!parsed.success) {
      this.onProtocolError(`a message of another shape or version: ${summaryOf(parsed.issues)}`);
      return;
    }
    const message = parsed.output;
    switch (message.kind) {
      case 'call':
        void this.#answer(message.id, message.method, message.params);
        return;
      case 'cancel':
        this.#running.get(message.id)?.abort();
        return;
      case 'ok': {
        const pending = this.#settle(message.id);
        if (!pending) return; // a reply to a call that was cancelled here
        const result = v.safeParse(pending.method.result, message.result);
        if (result.success) pending.resolve(result.output);
        else
          pending.reject(
            new NeuroMfaError('internal', 'reply', summaryOf(result.issues), 'Reload the window'),
          );
        return;
      }
      case 'err':
        this.#settle(message.id)?.reject(NeuroMfaError.from(message.error));
        return;
      case 'progress': {
        const pending = this.#pending.get(message.id);
        if (!pending?.onProgress || !pending.method.progress) return;
        const value = v.safeParse(pending.method.progress, message.value);
        if (value.success) (pending.onProgress as (value: unknown) => void)(value.output);
        else this.onProtocolError(`progress of another shape: ${summaryOf(value.issues)}`);
      }
    }
  }

  async #answer(callId: number, name: string, rawParams: unknown): Promise<void> {
    const controller = new AbortController();
    this.#running.set(callId, controller);
    try {
      const method = Object.hasOwn(this.local, name) ? this.local[name] : undefined;
      if (!method)
        throw new NeuroMfaError('internal', shortened(name), 'no such method', 'Reload the window');
      const params = v.safeParse(method.params, rawParams);
      if (!params.success) {
        const cause = summaryOf(params.issues);
        this.onProtocolError(`parameters of another shape for "${name}": ${cause}`, name);
        throw new NeuroMfaError('internal', name, cause, 'Reload the window');
      }
      const handler = this.handlers[name] as (params: unknown, context: CallContext<unknown>) => unknown;
      const result = await handler(params.output, {
        signal: controller.signal,
        progress: (value) => {
          this.#post({ version: PROTOCOL_VERSION, kind: 'progress', id: callId, value });
        },
      });
      this.#post({ version: PROTOCOL_VERSION, kind: 'ok', id: callId, result });
    } catch (error) {
      this.#post({ version: PROTOCOL_VERSION, kind: 'err', id: callId, error: errorData(error, name) });
    } finally {
      this.#running.delete(callId);
    }
  }
}

/** What is wrong with a message, as one line: it quotes what the other side has sent, and that may be anything. */
function summaryOf(issues: Parameters<typeof v.summarize>[0]): string {
  return shortened(v.summarize(issues), MAX_REPORTED);
}

function closed(method: string): NeuroMfaError {
  return new NeuroMfaError('cancelled', method, 'the other side has closed', '');
}
