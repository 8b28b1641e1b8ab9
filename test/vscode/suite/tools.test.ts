/**
 * The tools for language models, called as an agent calls them: by `vscode.lm`, in the place of a model. The editor's test driver answers its
 * questions with yes; what is asked, `test/unit/extension/agents.test.ts` tells.
 */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { before, describe, it } from 'mocha';
import * as vscode from 'vscode';
import { seriesOf } from '../harness/cli';
import { eventually } from '../../support/eventually';
import { extension, sample } from './extension';

const NAMES = ['neuromfa_list_runs', 'neuromfa_analyze', 'neuromfa_compare', 'neuromfa_explain'];

async function call(name: string, input: object, token?: vscode.CancellationToken): Promise<string> {
  const { content } = await vscode.lm.invokeTool(name, { input, toolInvocationToken: undefined }, token);
  const [part, ...more] = content;
  assert.equal(more.length, 0);
  assert.ok(part instanceof vscode.LanguageModelTextPart);
  assert.ok(part.value.length < 8000, `${part.value.length} characters`);
  return part.value;
}

async function answer<T>(name: string, input: object): Promise<T> {
  return JSON.parse(await call(name, input)) as T;
}

/** What calls are refused with. */
async function refusal(name: string, input: object, token?: vscode.CancellationToken): Promise<string> {
  try {
    return `answered: ${await call(name, input, token)}`;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

describe('tools for language models', () => {
  before(() => extension().activate());

  it('are offered to models with closed schemas', async () => {
    await eventually(() => {
      const tools = vscode.lm.tools.filter(({ name }) => name.startsWith('neuromfa_'));
      assert.deepEqual(tools.map(({ name }) => name).sort(), [...NAMES].sort());
      for (const { description, inputSchema } of tools) {
        assert.ok(description.length > 20);
        assert.equal((inputSchema as { additionalProperties: boolean }).additionalProperties, false);
      }
    });
  });

  it('explain without asking', async () => {
    const { explanation } = await answer<{ explanation: string }>('neuromfa_explain', { term: 'emergence' });
    assert.match(explanation, /ln\(α₀\(0\)\/α₀\)/);
  });

  it('list, analyze and compare with the numbers of the command line', async () => {
    const { fsPath: run } = sample('');
    const { runs } = await answer<{ runs: { path: string; checkpoints: number }[] }>('neuromfa_list_runs', {
      folder: run,
    });
    assert.deepEqual(
      runs.map(({ path, checkpoints }) => [path, checkpoints]),
      [[run.replace(/\/$/, ''), 8]],
    );
    const { points, metrics } = await answer<{
      points: { step: number; emergence: { value: number; ci95: number[] }; beyondWidth: null }[];
      metrics: string[];
    }>('neuromfa_analyze', { path: run, nulls: false });
    const program = { cli: join(extension().extensionPath, 'dist/cli.js'), node: process.execPath };
    const series = await seriesOf(program, run);
    assert.deepEqual(
      points.map(({ step }) => step),
      [0, 64, 256, 512, 1000, 2000, 3000, 4000],
    );
    assert.deepEqual(
      points.map(({ emergence }) => emergence.value.toFixed(3)),
      series.points.map(({ emergence }) => emergence.value!.toFixed(3)),
    );
    assert.deepEqual(new Set(points.map(({ beyondWidth }) => beyondWidth)), new Set([null]));
    assert.match(metrics.join(' '), /log\(step\) follows val_loss/);
    const one = sample('step4000').fsPath;
    const { beyondWidth, cautions } = await answer<{ beyondWidth: { ci95: number[] }; cautions: string[] }>(
      'neuromfa_analyze',
      { path: one },
    );
    assert.equal(beyondWidth.ci95.length, 2);
    assert.ok(Array.isArray(cautions));
    const same = await answer<{ same: boolean; lnAlpha0: { value: number } }>('neuromfa_compare', {
      ...{ a: one, b: one, nulls: false },
    });
    assert.deepEqual([same.same, same.lnAlpha0.value], [true, 0]);
  });

  it('answer hostile arguments with what is wrong, and go on', async () => {
    const { fsPath: run } = sample('');
    for (const [name, input, message] of [
      ['neuromfa_analyze', {}, 'path'],
      ['neuromfa_analyze', { path: 7 }, 'path'],
      ['neuromfa_analyze', { path: '' }, 'path'],
      ['neuromfa_analyze', { path: 'x'.repeat(5000) }, 'path'],
      ['neuromfa_analyze', { path: run, out: '/etc/passwd' }, 'out'],
      ['neuromfa_analyze', { path: 'step4000' }, 'no absolute path'],
      ['neuromfa_analyze', { path: '/no/such\u0000thing' }, 'such'],
      ['neuromfa_analyze', { path: '/dev/zero' }, '/dev/zero'],
      ['neuromfa_compare', { a: run, b: sample('step0').fsPath }, 'single checkpoint'],
      ['neuromfa_list_runs', { folder: '/no/such/folder' }, '/no/such/folder'],
      ['neuromfa_explain', { term: '__proto__' }, 'term'],
    ] as const) {
      const refused = await refusal(name, input);
      assert.ok(refused.includes(message) && !refused.startsWith('answered'), `${name}: ${refused}`);
    }
    assert.match(await call('neuromfa_explain', { term: 'limits' }), /wiring/);
  });

  it('end when they are canceled', async () => {
    const stop = new vscode.CancellationTokenSource();
    const asked = refusal('neuromfa_analyze', { path: sample('').fsPath, nulls: true }, stop.token);
    stop.cancel();
    assert.match(await asked, /cancel/i);
  });
});
