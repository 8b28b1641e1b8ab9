/** What the fetching thread is asked by others of this process. */
import type { MessagePort } from 'node:worker_threads';
import type { ByteRange, Entry, EntryState } from '../core/storage/storage';
import type { ErrorData } from '../protocol/errors';
import type { Location } from '../protocol/subject';
import type { Pace } from './coalesce';
import type { KeptOptions, OldAnswer, RemoteCredentials } from './options';
import type { RemoteEntry } from './place';
import type { Named } from './places';

export type Reply<T> = { ok: true; value: T } | { ok: false; error: ErrorData };

/** A thread that waits for each answer: the reply is on the port once `wake` is 1. */
export interface WaitingCall {
  wake: SharedArrayBuffer;
  ask:
    | { op: 'stat'; location: Location }
    | { op: 'list'; location: Location }
    /** A file whose headers have been read. */
    | { op: 'close'; location: Location }
    /** Fills `room` with the ranges, one after another. @param header whether they are of what is kept for the next time. */
    | {
        op: 'read';
        location: Location;
        ranges: readonly ByteRange[];
        room: SharedArrayBuffer;
        header: boolean;
      };
}

/** Without an answer: what will be read of a file. */
export interface AheadCall {
  ahead: {
    location: Location;
    /** In the order of reading. */
    ranges: readonly ByteRange[];
    header: boolean;
    /** Names what all threads will read together; null for what this one will. */
    shared: string | null;
  };
}

export interface WaitingAnswers {
  stat: EntryState | null;
  /** Null where no list of such a folder can be had. */
  list: Entry[] | null;
  close: null;
  read: null;
}

/** Handed to a thread that reads. */
export interface Connection {
  port: MessagePort;
  /** 0 once the fetching thread has ended. */
  alive: SharedArrayBuffer;
}

/** What has been sent for so far. */
export interface Traffic {
  requests: number;
  bytes: number;
  /** As measured, or usual values. */
  measured: Pace;
  /** By which it is decided what is read together. */
  pace: Pace;
}

/** Calls of the thread that started it: op → what it takes, and what it answers. */
export interface Calls {
  name: { takes: { word: string; trusted: boolean }; answers: Named };
  references: { takes: { repository: string }; answers: Map<string, string> };
  below: { takes: { location: Location }; answers: ReadonlyMap<Location, RemoteEntry> };
  find: { takes: { location: Location }; answers: RemoteEntry | null };
  use: { takes: { credentials: RemoteCredentials }; answers: null };
  keep: { takes: { options: KeptOptions }; answers: null };
  traffic: { takes: object; answers: Traffic };
}
export type Op = keyof Calls;

export type FromStarter =
  | { [K in Op]: { id: number; op: K; takes: Calls[K]['takes'] } }[Op]
  | { cancel: number }
  /** Nothing more is read of what was told to all under this name. */
  | { forget: string }
  | { connect: MessagePort };

export type ToStarter =
  { id: number; reply: Reply<unknown> } | { waiting: string | null } | { old: OldAnswer };
