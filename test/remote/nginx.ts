/** A real nginx on loopback over a folder: listings as JSON, entity tags and ranges; over TLS where a certificate is asked for. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { Daemons } from '../support/daemons';
import { eventually } from '../support/eventually';
import { freePorts } from '../support/freePorts';
import { missingOnPath, SYSTEM_PATH } from '../support/programs';

export const missingForNginx = (): string[] => missingOnPath(['nginx', 'openssl']);

export class Nginx {
  readonly #daemons = new Daemons();

  private constructor(
    /** `https://127.0.0.1:PORT` */
    readonly origin: string,
    /** For `NODE_EXTRA_CA_CERTS`. */
    readonly certificate: string,
  ) {}

  /** @param folder an empty one, for its own files. @param served what it serves. */
  static async start(folder: string, served: string): Promise<Nginx> {
    const [port] = await freePorts(1);
    mkdirSync(join(folder, 'temporary'));
    const [key, certificate] = [join(folder, 'key.pem'), join(folder, 'certificate.pem')];
    const subject = ['-subj', '/CN=neuromfa test', '-addext', 'subjectAltName=IP:127.0.0.1'];
    const made = [
      '-x509',
      '-newkey',
      'rsa:2048',
      '-noenc',
      '-days',
      '2',
      '-keyout',
      key,
      '-out',
      certificate,
    ];
    execFileSync('openssl', ['req', ...made, ...subject], { stdio: 'ignore' });
    const conf = join(folder, 'nginx.conf');
    writeFileSync(conf, configuration(folder, served, port!, key, certificate));
    const nginx = new Nginx(`https://127.0.0.1:${port}`, certificate);
    const env = { ...process.env, PATH: SYSTEM_PATH };
    nginx.#daemons.start('nginx', ['-p', folder, '-c', conf, '-e', join(folder, 'error.log')], { env });
    await eventually(async () => {
      assert.ok(await answers(port!), nginx.#daemons.log());
    });
    return nginx;
  }

  stop(): Promise<void> {
    return this.#daemons.stop();
  }
}

function configuration(
  folder: string,
  served: string,
  port: number,
  key: string,
  certificate: string,
): string {
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (name) => `  ${name}_temp_path ${folder}/temporary/${name};`,
  );
  return [
    'daemon off;',
    // Its workers serve files that may be root's alone.
    ...(process.getuid?.() === 0 ? ['user root;'] : []),
    `pid ${folder}/nginx.pid;`,
    'events { }',
    'http {',
    ...temporary,
    '  access_log off;',
    '  server {',
    `    listen 127.0.0.1:${port} ssl;`,
    `    ssl_certificate ${certificate};`,
    `    ssl_certificate_key ${key};`,
    `    root "${served}";`,
    '    autoindex on;',
    '    autoindex_format json;',
    '  }',
    '}',
    '',
  ].join('\n');
}

const answers = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    const end = (isThere: boolean) => (): void => {
      socket.destroy();
      resolve(isThere);
    };
    socket.on('connect', end(true));
    socket.on('error', end(false));
  });
