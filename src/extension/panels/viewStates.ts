/**
 * How panels were looked at last, by kind and subject. The editor itself restores a panel that is hidden, moved or reloaded; a panel that is
 * opened anew, here or in another window, begins with what is kept here. Files, because windows see each other's changes of the editor's own
 * memory only after a restart.
 */
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { readSmallFileIfAny } from '../../core/storage/smallFile';
import { atomicWrite } from '../../core/store/atomicWrite';
import type { Handlers } from '../../protocol/rpc';
import type { viewMethods } from '../../protocol/viewState';
import { Throttle } from '../throttle';

/** Only the latest are kept. */
const MAX_VIEWS = 200;
/** No view that a page describes is as large. */
const MAX_BYTES = 50_000;
const WRITE_EVERY_MS = 500;

/** One panel's part of what is kept. */
export interface PanelView {
  /** JSON of how its subject was looked at last; empty where that is unknown. */
  readonly last: string;
  readonly remember: Handlers<typeof viewMethods>['remember'];
}

export class ViewStates {
  /** What has not been written yet, by file. */
  readonly #pending = new Map<string, string>();
  readonly #writing = new Throttle(WRITE_EVERY_MS, () => {
    void this.write();
  });

  /**
   * @param directory need not exist.
   * @param wanted whether views are kept at all.
   */
  constructor(
    private readonly directory: string,
    private readonly wanted: () => boolean,
  ) {}

  /** @param subjects what the panel shows at the moment, in any order. */
  of(kind: string, subjects: () => readonly string[]): PanelView {
    return {
      last: this.#read(fileOf(kind, subjects())),
      remember: ({ view }) => {
        const text = JSON.stringify(view);
        if (!this.wanted() || text.length > MAX_BYTES) return null;
        this.#pending.set(fileOf(kind, subjects()), text);
        this.#writing.request();
        return null;
      },
    };
  }

  /** Writes what is pending. A view that cannot be written is not worth a message. */
  async write(): Promise<void> {
    const all = [...this.#pending];
    this.#pending.clear();
    try {
      mkdirSync(this.directory, { recursive: true });
      for (const [file, text] of all) await atomicWrite(join(this.directory, file), text);
      this.#forgetOldest();
    } catch {
      // Panels begin afresh.
    }
  }

  dispose(): void {
    this.#writing.dispose();
    void this.write();
  }

  #read(file: string): string {
    if (!this.wanted()) return '';
    const pending = this.#pending.get(file);
    if (pending !== undefined) return pending;
    try {
      const words = { what: 'a view', nextStep: '' };
      const bytes = readSmallFileIfAny(join(this.directory, file), MAX_BYTES * 4, words);
      return bytes ? Buffer.from(bytes).toString() : '';
    } catch {
      return '';
    }
  }

  #forgetOldest(): void {
    const files = readdirSync(this.directory).map((name) => join(this.directory, name));
    if (files.length <= MAX_VIEWS) return;
    const ages = files.map((file) => ({ file, at: statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0 }));
    ages.sort((a, b) => b.at - a.at);
    for (const { file } of ages.slice(MAX_VIEWS)) rmSync(file, { force: true });
  }
}

const fileOf = (kind: string, subjects: readonly string[]): string =>
  `${createHash('sha256')
    .update(JSON.stringify([kind, ...[...subjects].sort()]))
    .digest('hex')}.json`;
