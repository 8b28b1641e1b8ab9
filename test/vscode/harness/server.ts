/** A real VS Code on a free loopback port, with a profile of its own that disappears with it. */
import { execFile, spawn, type ChildProcess } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { pseudoBundle } from '../../../scripts/l10n.mjs';
import { PATIENCE_MS } from '../../support/eventually';
import { paths } from './paths';
import { QUIET_SETTINGS, RESTRICTED_SETTINGS, type Settings } from './settings';

const STOP_MS = 5_000;

export interface ServerOptions {
  /** An extension package to install before the first window opens. */
  vsix?: string;
  /** Has the package speak the made-up translation `qps-ploc`, for windows that ask for it. */
  pseudo?: boolean;
  /** Another one beside it, which watches the extension host. */
  probe?: string;
  settings?: Settings;
  /** Lets a page run extension tests in the extension host. It hides notifications and refuses modal dialogs. */
  testDriver?: boolean;
  /** Opens folders in Restricted Mode. */
  restricted?: boolean;
  /** Stop by itself when no window was open for this long: a safety net under a runner that was killed. */
  idleSeconds?: number;
  /** Seen by the extension host, beside a minimal environment. */
  env?: Readonly<Record<string, string>>;
}

export class WorkbenchServer {
  readonly #process: ChildProcess;
  readonly #profile: Profile;
  /** "127.0.0.1:PORT". */
  readonly authority: string;

  static async start(options: ServerOptions = {}): Promise<WorkbenchServer> {
    if (!existsSync(paths.host.entry)) throw new Error('the workbench is not installed: run `npm run setup`');
    const profile = new Profile(options);
    try {
      for (const vsix of [options.vsix, options.probe])
        if (vsix !== undefined) await profile.run('--install-extension', vsix, '--force');
      if (options.pseudo) profile.translate();
      const child = profile.serve(options);
      return new WorkbenchServer(child, profile, await profile.address(child));
    } catch (error) {
      profile.remove();
      throw error;
    }
  }

  private constructor(child: ChildProcess, profile: Profile, authority: string) {
    this.#process = child;
    this.#profile = profile;
    this.authority = authority;
  }

  /** The address of a window with `folder` open. */
  url(folder: string): string {
    return `${this.#windows}?folder=${encodeURI(folder)}`;
  }

  /** The address of a window without a folder. */
  get emptyUrl(): string {
    return `${this.#windows}?ew=true`;
  }

  get #windows(): string {
    // Names of this machine, as browsers know them: webviews have others of the same site there (scripts/setup.mjs), and
    // a browser grants service workers to that site alone.
    const authority = paths.host.oldest
      ? this.authority.replace('127.0.0.1', 'window.oldest.localhost')
      : this.authority;
    return `http://${authority}/`;
  }

  /** What log files of this name hold: those of each window, `NeuroMFA.log` for the extension's own. */
  logs(name: string): string[] {
    return this.#profile.logs(name);
  }

  /** How panels were looked at last, as it is kept: one JSON each. */
  get keptViews(): string[] {
    return this.#profile.keptViews();
  }

  /** The user's cache, as `XDG_CACHE_HOME` names it. */
  get cache(): string {
    return this.#profile.cache;
  }

  /** Resolves when the server has ended, for whatever reason. */
  get ended(): Promise<void> {
    return ended(this.#process);
  }

  async stop(): Promise<void> {
    killGroup(this.#process, 'SIGTERM');
    const gone = await Promise.race([this.ended.then(() => true), delay(STOP_MS, false, { ref: false })]);
    if (!gone) killGroup(this.#process, 'SIGKILL');
    await this.ended;
    this.#profile.remove();
  }
}

/** The folder that holds everything one server keeps. */
class Profile {
  readonly #folder = mkdtempSync(join(tmpdir(), 'neuromfa-workbench-'));
  readonly #log = join(this.#folder, 'server.log');
  readonly #config = join(this.#folder, 'config.yaml');
  readonly #user = join(this.#folder, 'user');
  readonly #extensions = join(this.#folder, 'extensions');
  readonly cache = join(this.#folder, 'cache');
  readonly #env: NodeJS.ProcessEnv;

  constructor({ settings = {}, env = {}, restricted = false }: ServerOptions) {
    mkdirSync(join(this.#user, 'User'), { recursive: true });
    writeFileSync(this.#config, 'auth: none\n');
    const userSettings = JSON.stringify(
      { ...QUIET_SETTINGS, ...(restricted ? RESTRICTED_SETTINGS : {}), ...settings },
      null,
      2,
    );
    writeFileSync(join(this.#user, 'User', 'settings.json'), userSettings);
    this.#env = {
      PATH: process.env['PATH'],
      LANG: 'C.UTF-8',
      HOME: this.#folder,
      XDG_CACHE_HOME: this.cache,
      XDG_CONFIG_HOME: join(this.#folder, 'config'),
      XDG_DATA_HOME: join(this.#folder, 'data'),
      EXTENSIONS_GALLERY: '{}',
      ...env,
    };
  }

  async run(...args: string[]): Promise<void> {
    await promisify(execFile)(paths.host.node, [...this.#command(), ...args], { env: this.#env });
  }

  translate(): void {
    const installed = readdirSync(this.#extensions).find((name) => name.startsWith('neuromfa.neuromfa-'));
    for (const [from, to] of [
      ['package.nls.json', 'package.nls.qps-ploc.json'],
      ['l10n/bundle.l10n.json', 'l10n/bundle.l10n.qps-ploc.json'],
    ] as const) {
      const english = JSON.parse(readFileSync(join(paths.root, from), 'utf8')) as Record<string, string>;
      const file = join(this.#extensions, installed!, to);
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, JSON.stringify(pseudoBundle(english)));
    }
  }

  serve({ testDriver = false, restricted = false, idleSeconds = 300 }: ServerOptions): ChildProcess {
    const log = openSync(this.#log, 'w');
    const child = spawn(
      paths.host.node,
      [
        ...this.#command(),
        ...['--auth', 'none', '--bind-addr', '127.0.0.1:0'],
        // The oldest server knows no such net.
        ...(paths.host.oldest ? [] : ['--idle-timeout-seconds', String(idleSeconds)]),
        ...['--disable-telemetry', '--disable-update-check', '--disable-proxy'],
        ...(restricted ? [] : ['--disable-workspace-trust']),
        ...['--disable-getting-started-override', '--ignore-last-opened'],
        ...(testDriver ? ['--vscode-option', 'enable-smoke-test-driver'] : []),
      ],
      // A process group of its own, so that the extension host and its workers end with it.
      { env: this.#env, stdio: ['ignore', log, log], detached: true },
    );
    const lastResort = (): void => {
      killGroup(child, 'SIGKILL');
      this.remove();
    };
    process.once('exit', lastResort);
    child.once('exit', () => process.off('exit', lastResort));
    return child;
  }

  /** Waits for the server and tells where it listens: the system has chosen the port. */
  async address(child: ChildProcess): Promise<string> {
    const deadline = Date.now() + PATIENCE_MS;
    for (;;) {
      const log = readFileSync(this.#log, 'utf8');
      const listening = /HTTP server listening on http:\/\/(127\.0\.0\.1:\d+)/.exec(log);
      if (listening) return listening[1]!;
      if (hasEnded(child)) throw new Error(`the workbench server ended at once:\n${log}`);
      if (Date.now() > deadline) {
        killGroup(child, 'SIGKILL');
        throw new Error(`the workbench server did not start within ${PATIENCE_MS / 1000} s:\n${log}`);
      }
      await delay(50);
    }
  }

  logs(name: string): string[] {
    const entries = readdirSync(join(this.#user, 'logs'), { recursive: true, encoding: 'utf8' });
    return entries
      .filter((entry) => basename(entry) === name)
      .map((entry) => readFileSync(join(this.#user, 'logs', entry), 'utf8'));
  }

  keptViews(): string[] {
    const folder = join(this.#user, 'User/globalStorage/neuromfa.neuromfa/views');
    return readdirSync(folder)
      .filter((name) => name.endsWith('.json'))
      .map((name) => readFileSync(join(folder, name), 'utf8'));
  }

  remove(): void {
    rmSync(this.#folder, { recursive: true, force: true, maxRetries: 5 });
  }

  #command(): string[] {
    const { entry } = paths.host;
    return [
      entry,
      ...['--config', this.#config, '--user-data-dir', this.#user, '--extensions-dir', this.#extensions],
    ];
  }
}

function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}

function ended(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    if (hasEnded(child)) resolve();
    else
      child.once('exit', () => {
        resolve();
      });
  });
}

function killGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, signal);
  } catch {
    // Nobody is left in the group.
  }
}
