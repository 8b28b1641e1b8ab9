/** The tools for agents, asked by the protocol's own client. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bundleCli } from '../support/bundleCli';

const SAMPLES = join(import.meta.dirname, '../../../samples');
const RUN = join(SAMPLES, 'neox-1m');
const folder = mkdtempSync(join(tmpdir(), 'neuromfa-mcp-'));
const client = new Client({ name: 'test', version: '1' });

beforeAll(async () => {
  const script = await bundleCli(folder);
  const env = { ...(process.env as Record<string, string>), XDG_CACHE_HOME: join(folder, 'cache') };
  await client.connect(
    new StdioClientTransport({ command: process.execPath, args: [script, 'mcp'], env, stderr: 'ignore' }),
  );
});
afterAll(async () => {
  await client.close();
  rmSync(folder, { recursive: true });
});

interface Answer {
  isError?: boolean;
  content: { type: string; text: string }[];
}

async function call(name: string, given: Record<string, unknown>): Promise<Answer> {
  return (await client.callTool({ name, arguments: given }, undefined, { timeout: 300_000 })) as Answer;
}

async function answer<T>(name: string, given: Record<string, unknown>): Promise<T> {
  const { isError, content } = await call(name, given);
  expect([isError, content[0]!.text.length < 8000]).toEqual([undefined, true]);
  return JSON.parse(content[0]!.text) as T;
}

describe('neuromfa mcp', () => {
  it('offers four tools with closed schemas', async () => {
    const { tools } = await client.listTools();
    expect(tools.map(({ name }) => name)).toEqual([
      'neuromfa_list_runs',
      'neuromfa_analyze',
      'neuromfa_compare',
      'neuromfa_explain',
    ]);
    for (const { inputSchema } of tools) expect(inputSchema['additionalProperties']).toBe(false);
  });

  it('lists runs', async () => {
    const { runs } = await answer<{ runs: { path: string; checkpoints: number }[] }>('neuromfa_list_runs', {
      folder: SAMPLES,
    });
    expect(runs).toMatchObject([{ name: 'neox-1m', path: RUN, checkpoints: 8, orderedBy: 'step' }]);
  });

  it('analyzes a checkpoint with null models and cautions, rounded', async () => {
    const found = await answer<Record<string, { value: number; ci95: number[] }>>('neuromfa_analyze', {
      path: join(RUN, 'step4000'),
    });
    expect(found['alpha0']!.value).toBeGreaterThan(0.5);
    expect(String(found['width']!.value).replace(/^0\.0*|\D/g, '').length).toBeLessThanOrEqual(4);
    expect(found['beyondWidth']!.ci95).toHaveLength(2);
    expect(found).toHaveProperty('cautions');
  });

  it('compares a checkpoint with itself: the same, no difference', async () => {
    const at = join(RUN, 'step0');
    const found = await answer<Record<string, unknown>>('neuromfa_compare', { a: at, b: at, nulls: false });
    expect(found).toMatchObject({ same: true, lnAlpha0: { value: 0 }, lnWidth: { value: 0 }, onlyA: [] });
  });

  it('explains its numbers', async () => {
    const { explanation } = await answer<{ explanation: string }>('neuromfa_explain', { term: 'emergence' });
    expect(explanation).toContain('ln(α₀(0)/α₀)');
  });

  it('answers hostile arguments with what is wrong, and goes on', async () => {
    for (const [name, given, message] of [
      ['neuromfa_analyze', {}, 'path'],
      ['neuromfa_analyze', { path: 7 }, 'path'],
      ['neuromfa_analyze', { path: '' }, 'path'],
      ['neuromfa_analyze', { path: 'x'.repeat(5000) }, 'path'],
      ['neuromfa_analyze', { path: RUN, out: '/etc/passwd' }, 'out'],
      ['neuromfa_analyze', { path: '--help' }, '--help'],
      ['neuromfa_analyze', { path: '/no/such\u0000thing' }, 'such'],
      ['neuromfa_analyze', { path: '/dev/zero' }, '/dev/zero'],
      ['neuromfa_compare', { a: '--html=/tmp/x', b: '--out=/tmp/y' }, '--html=/tmp/x'],
      ['neuromfa_list_runs', { folder: '/no/such/folder' }, '/no/such/folder'],
      ['neuromfa_explain', { term: '__proto__' }, 'term'],
      ['constructor', {}, 'constructor'],
    ] as const) {
      const { isError, content } = await call(name, given);
      expect([name, given, isError, content[0]!.text.includes(message)], content[0]!.text).toEqual([
        name,
        given,
        true,
        true,
      ]);
    }
    expect(await answer('neuromfa_explain', { term: 'limits' })).toHaveProperty('explanation');
  });

  it('stops what is cancelled', async () => {
    const stop = new AbortController();
    const asked = client.callTool({ name: 'neuromfa_analyze', arguments: { path: RUN } }, undefined, {
      signal: stop.signal,
      timeout: 300_000,
    });
    stop.abort();
    await expect(asked).rejects.toThrow();
    expect(await answer('neuromfa_explain', { term: 'width' })).toHaveProperty('term', 'width');
  });
});
