import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { linkTo, openLink, type LinkHost } from '../../../src/extension/links';

let root: string;
beforeEach(() => {
  root = realpathSync(mkdtempSync(join(tmpdir(), 'neuromfa-links-')));
  for (const folder of ['in', 'out']) {
    mkdirSync(join(root, folder));
    writeFileSync(join(root, folder, 'a.safetensors'), '');
  }
  symlinkSync(join(root, 'out'), join(root, 'in/away'));
});
afterEach(() => {
  rmSync(root, { recursive: true });
});

/** What a link has opened, and what it has asked about. */
async function follow(link: string, says = true): Promise<{ opened: string[]; asked: string[] }> {
  const opened: string[] = [];
  const asked: string[] = [];
  const host: LinkHost = {
    folders: () => [join(root, 'in')],
    runAt: (path) => (path === join(root, 'in') ? 'id' : undefined),
    openRun: (id) => opened.push(`run ${id}`),
    openCheckpoint: vi.fn((path: string) => {
      opened.push(path);
      return Promise.resolve();
    }),
    ask: (path) => {
      asked.push(path);
      return Promise.resolve(says);
    },
  };
  const { pathname, search } = new URL(link);
  // As the editor hands it over.
  await openLink({ path: pathname, query: decodeURIComponent(search.slice(1)) }, host);
  return { opened, asked };
}

const HOME = { scheme: 'vscode', extension: 'neuromfa.neuromfa' };

it('opens what it was made for, whatever is in its name', async () => {
  const odd = join(root, 'in', 'a & b=c#d?e 100%41 ä.safetensors');
  writeFileSync(odd, '');
  const link = linkTo(HOME, 'checkpoint', odd);
  expect(link).toMatch(/^vscode:\/\/neuromfa\.neuromfa\/checkpoint\?path=%2F[^&#\s]+$/);
  expect(await follow(link)).toEqual({ opened: [odd], asked: [] });
  expect(await follow(`${link}&windowId=3`)).toEqual({ opened: [odd], asked: [] });
  expect(await follow(linkTo(HOME, 'run', join(root, 'in')))).toEqual({ opened: ['run id'], asked: [] });
});

it.each(['out/a.safetensors', 'in/away/a.safetensors', 'in/../out/a.safetensors', 'in/missing'])(
  'asks before it opens %s, which is outside the workspace or not there',
  async (name) => {
    const path = `${root}/${name}`;
    const link = linkTo(HOME, 'checkpoint', path);
    expect(await follow(link)).toEqual({ opened: [path], asked: [path] });
    expect(await follow(link, false)).toEqual({ opened: [], asked: [path] });
  },
);

it.each([
  ['another command', 'vscode://x/run/all?path=/a'],
  ['no path', 'vscode://x/checkpoint'],
  ['a relative path', 'vscode://x/checkpoint?path=a'],
  ['another parameter', 'vscode://x/checkpoint?file=/a'],
  ['an endless path', `vscode://x/checkpoint?path=/${'a'.repeat(5000)}`],
  ['NUL', 'vscode://x/checkpoint?path=/a%00b'],
])('refuses %s', async (_, link) => {
  await expect(follow(link)).rejects.toThrow(/names no run and no checkpoint/);
});

it('opens no run that the workspace does not know, and says what to do', async () => {
  await expect(follow(linkTo(HOME, 'run', join(root, 'out')))).rejects.toMatchObject({
    data: {
      cause: 'it is no training run of this workspace',
      nextStep: expect.stringMatching(/folder/) as string,
    },
  });
});
