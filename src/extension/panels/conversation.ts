/** The conversation with a page that comes and goes: a hidden panel has no page, and a new page asks for everything. */
import { NeuroMfaError } from '../../protocol/errors';
import { Peer, type Channel, type Handlers, type MethodMap, type Params } from '../../protocol/rpc';
import type { Log } from '../services/analyses';

export class Conversation<Host extends MethodMap, Page extends MethodMap> {
  #peer: Peer<Host, Page> | undefined;
  /** Whether the page has asked for its model: from then on it receives changes. */
  #ready = false;

  /** @param name the page's name, for the log. */
  constructor(
    private readonly name: string,
    private readonly channel: Channel,
    private readonly hostMethods: Host,
    private readonly handlers: Handlers<Host>,
    private readonly pageMethods: Page,
    private readonly log: Pick<Log, 'warn' | 'error'>,
  ) {}

  /** Whether there is a page that receives changes. */
  get ready(): boolean {
    return this.#ready;
  }

  /** Must be called when the page asks for its model. */
  begin(): void {
    this.#ready = true;
  }

  /** Listens to a page that is being loaded. */
  connect(): void {
    this.#peer ??= new Peer(this.channel, this.hostMethods, this.handlers, this.pageMethods, (cause) => {
      this.log.warn(`From ${this.name}: ${cause}`);
    });
  }

  disconnect(): void {
    this.#peer?.dispose();
    this.#peer = undefined;
    this.#ready = false;
  }

  /** Calls a method of the page, if there is one that listens. */
  tell<K extends keyof Page & string>(method: K, params: Params<Page[K]>): void {
    if (!this.#ready) return;
    this.#peer?.call(method, params).catch((error: unknown) => {
      // The page disappeared with the message; the next one asks for everything.
      if (error instanceof NeuroMfaError && error.code === 'cancelled') return;
      this.log.error(error instanceof Error ? error : String(error));
    });
  }
}
