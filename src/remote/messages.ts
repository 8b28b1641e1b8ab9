/** Messages between the fetching thread and the other threads of this process. */
import type { MessagePort } from 'node:worker_threads';
import type { ByteRange, Entry, EntryState } from '../core/storage/storage';
import type { ErrorData } from '../protocol/errors';
import type { Location } from '../protocol/subject';
import type { Pace } from './coalesce';
import type { AnswerCacheOptions, OldAnswer, RemoteCredentials } from './options';
import type { RemoteEntry } from './place';
import type { Named } from './places';

export type Reply<T> = { ok: true; value: T } | { ok: false; error: ErrorData };

/** A call from a thread that waits for the answer: the reply is on the port once `wake` is 1. */
export interface WaitingCall {
  wake: SharedArrayBuffer;
  ask:
    | { op: 'stat'; location: Location }
    | { op: 'list'; location: Location }
    /** A file whose headers have been read. */
    | { op: 'close'; location: Location }
    /**
     * Fills `buffer` with the ranges, one after another, from the state of the file with this stamp.
     * @param header whether they belong to headers, which are cached.
     */
    | {
        op: 'read';
        location: Location;
        stamp: string | null;
        ranges: readonly ByteRange[];
        buffer: SharedArrayBuffer;
        header: boolean;
      };
}

/** Announces, without an answer, what will be read of a file. */
export interface AheadCall {
  ahead: {
    location: Location;
    /** In the order of reading. */
    ranges: readonly ByteRange[];
    header: boolean;
    /** Name of an announcement for all threads together; null if only this thread will read the ranges. */
    shared: string | null;
  };
}

export interface WaitingAnswers {
  stat: EntryState | null;
  /** Null if the server does not list such folders. */
  list: Entry[] | null;
  close: null;
  read: null;
}

/** Passed to a reading thread. */
export interface Connection {
  port: MessagePort;
  /** 0 once the fetching thread has ended. */
  alive: SharedArrayBuffer;
}

/** Requests and bytes so far. */
export interface Traffic {
  requests: number;
  bytes: number;
  /** Measured values, or typical ones before the first measurement. */
  measured: Pace;
  /** The values that decide which ranges are joined. */
  pace: Pace;
}

/** Calls from the thread that started it, by name: arguments and answer. */
export interface Calls {
  name: { takes: { word: string; trusted: boolean }; answers: Named };
  references: { takes: { repository: string }; answers: Map<string, string> };
  below: { takes: { location: Location }; answers: ReadonlyMap<Location, RemoteEntry> };
  find: { takes: { location: Location }; answers: RemoteEntry | null };
  use: { takes: { credentials: RemoteCredentials }; answers: null };
  keep: { takes: { options: AnswerCacheOptions }; answers: null };
  renew: { takes: object; answers: null };
  oldest: { takes: object; answers: number | null };
  traffic: { takes: object; answers: Traffic };
}
export type Op = keyof Calls;

export type FromStarter =
  | { [K in Op]: { id: number; op: K; takes: Calls[K]['takes'] } }[Op]
  | { cancel: number }
  /** Ends the announcement for all threads with this name. */
  | { forget: string }
  | { connect: MessagePort };

export type ToStarter =
  { id: number; reply: Reply<unknown> } | { waiting: string | null } | { old: OldAnswer };
