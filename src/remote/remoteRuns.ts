/** The way to what lies at addresses, for the program around the thread that fetches. */
import type { RemoteListing } from '../protocol/remote';
import type { Location } from '../protocol/subject';
import type { ListOptions, LocateOptions, RemoteEntrance } from './entrance';
import type { Gateway } from './gateway';
import type { Traffic } from './messages';
import type { AnswerCacheOptions, RemoteCredentials } from './options';
import { listRemote } from './remoteListing';

export class RemoteRuns implements RemoteEntrance {
  constructor(private readonly gateway: Gateway) {}

  use(credentials: RemoteCredentials): void {
    this.gateway.use(credentials);
  }

  keep(options: AnswerCacheOptions): void {
    this.gateway.keep(options);
  }

  async locate(word: string, { signal, trustServer = false }: LocateOptions = {}): Promise<Location> {
    const { location } = await this.gateway.call('name', { word, trusted: trustServer }, signal);
    return location;
  }

  async list(word: string, options: ListOptions = {}): Promise<RemoteListing> {
    if (!options.anew) return listRemote(this.gateway, word, options);
    await this.gateway.call('renew', {}, options.signal);
    const listing = await listRemote(this.gateway, word, options);
    const old = await this.gateway.call('oldest', {}, options.signal);
    return { ...listing, ...(old !== null && { old }) };
  }

  traffic(): Promise<Traffic> {
    return this.gateway.call('traffic', {}, undefined);
  }

  dispose(): Promise<void> {
    return this.gateway.dispose();
  }
}
