/** The conversation with a page that comes and goes: a hidden panel has none, and a new one asks for everything. */
import { NeuroMfaError } from '../../protocol/errors';
import { Peer, type Channel, type Handlers, type MethodMap, type Params } from '../../protocol/rpc';
import type { Log } from '../services/analyses';

export class Conversation<Host extends MethodMap, Page extends MethodMap> {
  #peer: Peer<Host, Page> | undefined;
  /** The page has asked for its model: from then on it wants to hear of changes. */
  #ready = false;

  /** @param name of the page, for the log. */
  constructor(
    private readonly name: string,
    private readonly channel: Channel,
    private readonly hostMethods: Host,
    private readonly handlers: Handlers<Host>,
    private readonly pageMethods: Page,
    private readonly log: Pick<Log, 'warn' | 'error'>,
  ) {}

  /** Whether a page is there that hears of changes. */
  get ready(): boolean {
    return this.#ready;
  }

  /** To be called when the page asks for its model. */
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

  /** Tells the page, if there is one that listens. */
  tell<K extends keyof Page & string>(method: K, params: Params<Page[K]>): void {
    if (!this.#ready) return;
    this.#peer?.call(method, params).catch((error: unknown) => {
      // The page went away with the message; the next one asks for everything.
      if (error instanceof NeuroMfaError && error.code === 'cancelled') return;
      this.log.error(error instanceof Error ? error : String(error));
    });
  }
}
