/** Which base an adapter may have opened by naming it, and that nothing else is so much as looked up. */
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, win32 } from 'node:path';
import { afterAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { isRemote, namedPlace } from '../../../src/core/adapter/declaredBase';
import { isBelow, liesWithin } from '../../../src/core/storage/withinFolders';
import { llama, numbers, openModel, removeWritten, writeAdapter, writeModel } from '../support/adapters';

/** Every path that anybody has asked the file system about. */
const asked = vi.hoisted((): string[] => []);
vi.mock('node:fs', async (original) => {
  const fs = await original<Record<string, unknown>>();
  const watched = Object.entries(fs).map(([name, value]): [string, unknown] => {
    if (typeof value !== 'function' || !/^[a-z]/.test(name)) return [name, value];
    const call = value as (...args: unknown[]) => unknown;
    const watch = (...args: unknown[]): unknown => {
      if (typeof args[0] === 'string') asked.push(args[0]);
      return call(...args);
    };
    // `realpathSync.native` and the like.
    return [name, Object.assign(watch, value)];
  });
  return Object.fromEntries(watched);
});

const top = realpathSync(mkdtempSync(join(tmpdir(), 'neuromfa-declared-')));
const at = (...names: string[]): string => join(top, ...names);
const link = (target: string, ...names: string[]): void => {
  symlinkSync(target, at(...names));
};
for (const folder of ['ws/sub/deep', 'ws/lora', 'outside/deep', 'ws/..dots']) {
  mkdirSync(at(folder), { recursive: true });
}
writeFileSync(at('ws/model'), '');
writeFileSync(at('outside/secret'), '');
link('sub', 'ws/inner');
link(at('ws/sub'), 'ws/absolute');
link('../outside', 'ws/out');
link(at('outside'), 'ws/outAbsolute');
link('/proc/self/root', 'ws/root');
link('loop', 'ws/loop');
link('out/deep/../../ws/model', 'ws/detour');
// Made shorter by its words it would stay inside: the system goes through `out`.
link('out/../model', 'ws/overLink');
link('ws', 'alias');
link(at('outside/secret'), 'ws/secret');
link(`${at('ws')}//sub`, 'ws/doubled');

afterAll(() => {
  rmSync(top, { recursive: true });
  removeWritten();
});
beforeEach(() => {
  asked.length = 0;
});

describe('a place', () => {
  it.each([
    'model',
    'sub/deep',
    'inner/deep',
    'absolute/deep',
    '..dots',
    'sub/../model',
    './/sub',
    'doubled/deep',
    '.',
  ])('lies within: %s', (path) => {
    for (const folder of [at('ws'), at('alias')]) {
      expect(liesWithin(join(folder, path), [at('nowhere'), folder])).toBe(true);
      expect(liesWithin(join(at('ws'), path), [folder])).toBe(true);
    }
  });

  it.each([
    'nothing',
    'model/below',
    'out',
    'out/secret',
    'outAbsolute/secret',
    'secret',
    'root/etc',
    'loop',
    'detour',
    'overLink',
    '..',
    '../outside/secret',
    'inner/../../outside',
    'nul\0',
    'x'.repeat(5000),
  ])('does not: %s', (path) => {
    for (const folder of [at('ws'), at('alias')]) {
      expect(liesWithin(`${folder}/${path}`, [folder, at('nowhere')])).toBe(false);
    }
    expect(asked.filter((each) => each.startsWith(at('outside')))).toEqual([]);
  });

  it('lies in no folder where there is none', () => {
    expect(liesWithin(at('ws/model'), [])).toBe(false);
    expect(liesWithin(at('ws/model'), ['/'])).toBe(true);
  });

  it('of Windows is told by its words: other drives and machines are outside', () => {
    const below = (path: string): boolean => isBelow(win32.resolve('C:\\ws\\lora', path), 'c:\\ws', win32);
    expect(['..\\base', 'C:\\WS\\base', '/ws/base'].map(below)).toEqual([true, true, true]);
    const others = [
      '..\\..\\base',
      'D:\\ws\\base',
      '\\\\host\\share',
      '//host/ws',
      '\\\\?\\UNC\\host\\ws',
      '\\\\.\\x',
    ];
    expect(others.map(below)).toEqual(others.map(() => false));
    const remote = others.slice(2).map((path) => win32.resolve('C:\\ws', path));
    expect(remote.map(isRemote)).toEqual(remote.map(() => true));
    expect(['C:\\ws', '/ws', namedPlace('/ws/a', '//host/b')].map(isRemote)).toEqual([false, false, false]);
  });
});

describe('the base that an adapter names', () => {
  const layer = 'model.layers.0.self_attn.q_proj';
  const halves = {
    [`${layer}.lora_A.weight`]: numbers(1, [4, 48]),
    [`${layer}.lora_B.weight`]: numbers(2, [48, 4]),
  };
  const base = realpathSync(writeModel(llama()));
  const naming = (name: string): string =>
    realpathSync(writeAdapter(halves, { config: { lora_alpha: 8, base_model_name_or_path: name } }));
  const opened = (path: string, within: readonly string[]): string | undefined => {
    asked.length = 0;
    return openModel(path, { within }).model.base?.path;
  };
  const lookedUp = (): string[] => asked.filter((each) => each.startsWith(base));

  it('is opened where it lies in a given folder', () => {
    expect(opened(naming(base), [base])).toBe(join(base, 'model.safetensors'));
    expect(lookedUp()).not.toEqual([]);
  });

  it('is not looked up elsewhere, whatever way leads there', () => {
    const direct = naming(base);
    const byLink = naming('here');
    symlinkSync(base, join(byLink, 'here'));
    for (const adapter of [direct, byLink]) {
      for (const within of [[], [adapter], [adapter, at('ws')]]) {
        expect(opened(adapter, within)).toBeUndefined();
        expect(lookedUp()).toEqual([]);
      }
    }
    expect(openModel(direct, undefined).model.base).toBeNull();
    expect(lookedUp()).toEqual([]);
  });

  it('is not opened where its file is a link that leads out', () => {
    const adapter = naming('inside');
    mkdirSync(join(adapter, 'inside'));
    symlinkSync(join(base, 'model.safetensors'), join(adapter, 'inside', 'model.safetensors'));
    expect(opened(adapter, [adapter])).toBeUndefined();
  });

  it('is opened by its own name where links stay inside, as in a cache of models', () => {
    const adapter = naming('snapshot');
    mkdirSync(join(adapter, 'snapshot'));
    mkdirSync(join(adapter, 'blobs'));
    symlinkSync('../blobs/0a1b', join(adapter, 'snapshot', 'model.safetensors'));
    symlinkSync(join(base, 'model.safetensors'), join(adapter, 'blobs', '0a1b'));
    expect(opened(adapter, [adapter, base])).toBe(join(adapter, 'snapshot', 'model.safetensors'));
  });
});
