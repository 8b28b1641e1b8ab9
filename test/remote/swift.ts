/**
 * A real S3 on loopback: OpenStack Swift from Debian with its S3 interface, which checks signatures and conditions. Five
 * processes in a folder of their own, without systemd.
 */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { userInfo } from 'node:os';
import { Daemons } from '../support/daemons';
import { eventually } from '../support/eventually';
import { freePorts } from '../support/freePorts';
import { missingOnPath, SYSTEM_PATH } from '../support/programs';
import { filesBelow } from './hub';
import { signedHeaders, type Keys } from './signed';

const SERVERS = ['account', 'container', 'object'] as const;
export const KEYS: Keys = { id: 'test:tester', secret: 'testing' };

export const missingForSwift = (): string[] =>
  missingOnPath([
    'memcached',
    'swift-ring-builder',
    ...[...SERVERS, 'proxy'].map((name) => `swift-${name}-server`),
  ]);

export class Swift {
  readonly #daemons = new Daemons();

  private constructor(
    /** For `AWS_ENDPOINT_URL`. */
    readonly origin: string,
  ) {}

  /** @param folder an empty one. */
  static async start(folder: string): Promise<Swift> {
    const [proxyPort, memory, ...ports] = (await freePorts(2 + SERVERS.length)) as [
      number,
      number,
      ...number[],
    ];
    const swift = new Swift(`http://127.0.0.1:${proxyPort}`);
    const write = (name: string, lines: readonly string[]): void => {
      writeFileSync(join(folder, name), `${lines.join('\n')}\n`);
    };
    mkdirSync(join(folder, 'srv/d1'), { recursive: true });
    write('swift.conf', [
      ...['[swift-hash]', 'swift_hash_path_prefix = a', 'swift_hash_path_suffix = b'],
      ...['[storage-policy:0]', 'name = one', 'default = yes'],
    ]);
    const env = { ...process.env, PATH: SYSTEM_PATH, SWIFT_CONF_DIR: folder };
    const common = (port: number): string[] => [
      ...['[DEFAULT]', 'bind_ip = 127.0.0.1', `bind_port = ${port}`, 'workers = 0'],
      ...[`user = ${userInfo().username}`, `swift_dir = ${folder}`],
      // Where there is no log of the system, this is a file of nobody's.
      `log_address = ${folder}/log`,
    ];
    SERVERS.forEach((name, i) => {
      const more = [`devices = ${folder}/srv`, 'mount_check = false'];
      const pipeline = ['[pipeline:main]', `pipeline = ${name}-server`];
      const app = [`[app:${name}-server]`, `use = egg:swift#${name}`];
      write(`${name}-server.conf`, [...common(ports[i]!), ...more, ...pipeline, ...app]);
      ring(folder, name, ports[i]!, env);
    });
    write('proxy-server.conf', [...common(proxyPort), ...PROXY, `memcache_servers = 127.0.0.1:${memory}`]);
    const user = userInfo().username;
    swift.#daemons.start(
      'memcached',
      ['-u', user, '-l', '127.0.0.1', '-p', String(memory), '-U', '0', '-m', '32'],
      {
        env,
      },
    );
    for (const name of [...SERVERS, 'proxy'])
      swift.#daemons.start(`swift-${name}-server`, [join(folder, `${name}-server.conf`)], { env });
    try {
      await eventually(async () => {
        const info = await fetch(`${swift.origin}/info`).catch(() => undefined);
        assert.equal(info?.status, 200, swift.#daemons.log());
      });
    } catch (error) {
      await swift.stop();
      throw error;
    }
    return swift;
  }

  /** @throws where the server refuses it. */
  async put(path: string, body?: Buffer): Promise<void> {
    const url = new URL(path, this.origin);
    // A server that has just started may not have found its storage.
    await eventually(async () => {
      const headers = signedHeaders(KEYS, 'PUT', url, body);
      const answer = await fetch(url, { method: 'PUT', headers, ...(body && { body }) });
      assert.equal(
        answer.status,
        200,
        `${path}: ${answer.status} ${await answer.text()} ${this.#daemons.log()}`,
      );
    });
  }

  /** All files below `folder`, as objects of a new bucket. @param prefix ends with a slash. */
  async fill(bucket: string, prefix: string, folder: string): Promise<void> {
    await this.put(`/${bucket}`);
    for (const [path, bytes] of filesBelow(folder)) await this.put(`/${bucket}/${prefix}${path}`, bytes);
  }

  stop(): Promise<void> {
    return this.#daemons.stop();
  }
}

const PROXY = [
  '[pipeline:main]',
  'pipeline = catch_errors cache listing_formats bulk s3api tempauth slo dlo proxy-server',
  ...['[app:proxy-server]', 'use = egg:swift#proxy'],
  ...['allow_account_management = true', 'account_autocreate = true'],
  ...['catch_errors', 'listing_formats', 'bulk', 'slo', 'dlo'].flatMap((name) => [
    `[filter:${name}]`,
    `use = egg:swift#${name}`,
  ]),
  ...['[filter:s3api]', 'use = egg:swift#s3api', 's3_acl = false', 'location = us-east-1'],
  ...['[filter:tempauth]', 'use = egg:swift#tempauth', 'user_test_tester = testing .admin'],
  ...['[filter:cache]', 'use = egg:swift#memcache'],
];

/** One device, one copy. */
function ring(folder: string, name: string, port: number, env: NodeJS.ProcessEnv): void {
  const builder = join(folder, `${name}.builder`);
  const steps = [['create', '4', '1', '1'], ['add', `r1z1-127.0.0.1:${port}/d1`, '1'], ['rebalance']];
  for (const step of steps) {
    try {
      execFileSync('swift-ring-builder', [builder, ...step], { env, stdio: 'pipe' });
    } catch (error) {
      // It warns by its status: one device is less than what it would like.
      if (step[0] !== 'rebalance' || !existsSync(join(folder, `${name}.ring.gz`))) throw error;
    }
  }
}
