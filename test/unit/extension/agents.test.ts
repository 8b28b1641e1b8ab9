/** What the editor's tools for language models ask, and what they answer around an engine that is made up. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { callTool } from '../../../src/core/agents/callTool';
import { TOOLS } from '../../../src/core/agents/tools';
import { editorHost } from '../../../src/extension/agents/editorHost';
import { NeuroMfaError } from '../../../src/protocol/errors';
import { RunBench } from './runBench';

interface Prepared {
  invocationMessage: string;
  confirmationMessages?: { title: string; message: string };
}
interface EditorTool {
  prepareInvocation: (options: { input: unknown }) => Prepared;
}
const tools = vi.hoisted(() => new Map<string, unknown>());
vi.mock('vscode', () => ({
  lm: {
    registerTool: (name: string, tool: unknown) => {
      tools.set(name, tool);
    },
  },
  l10n: {
    t: (message: string, ...values: unknown[]) =>
      message.replace(/\{(\d+)\}/g, (_, index: string) => String(values[Number(index)])),
  },
}));

const root = mkdtempSync(join(tmpdir(), 'neuromfa-agents-'));
const run = join(root, 'run');
const at = (step: number): string => join(run, `step${step}`, 'model.safetensors');
for (const step of [0, 10, 20]) {
  mkdirSync(join(run, `step${step}`), { recursive: true });
  // A header of two bytes: who reads more than names here is made up.
  writeFileSync(at(step), Buffer.concat([Buffer.from([2, 0, 0, 0, 0, 0, 0, 0]), Buffer.from('{}')]));
}
afterAll(() => {
  rmSync(root, { recursive: true });
});

let bench: RunBench;
let stop: AbortController;
beforeEach(() => {
  bench = new RunBench();
  stop = new AbortController();
});

async function ask(name: string, input: object): Promise<Record<string, unknown>> {
  const { engine, analyses, scheduler, settings } = bench;
  const services = { engines: engine.host(), analyses, scheduler, settings: () => settings };
  return JSON.parse(await callTool(name, input, editorHost(services, stop.signal))) as Record<
    string,
    unknown
  >;
}

describe('tools in package.json', () => {
  it('are those of agents, with the same words and schemas', () => {
    const { contributes } = JSON.parse(readFileSync('package.json', 'utf8')) as {
      contributes: { languageModelTools: Record<string, unknown>[] };
    };
    expect(
      contributes.languageModelTools.map(({ name, modelDescription, inputSchema }) => ({
        ...{ name, description: modelDescription, inputSchema },
      })),
    ).toEqual(TOOLS);
  });
});

describe('what is asked', () => {
  it('names the files, and is nothing for an explanation', async () => {
    const { registerAgentTools } = await import('../../../src/extension/agents/agentTools');
    const { engine, analyses, scheduler, settings } = bench;
    registerAgentTools({ engines: engine.host(), analyses, scheduler, settings: () => settings });
    const asked = (name: string, input: unknown): Prepared =>
      (tools.get(name) as EditorTool).prepareInvocation({ input });
    const { confirmationMessages } = asked('neuromfa_compare', { a: '/m/a', b: '/m/b' });
    expect(confirmationMessages!.title).toBe('Compare weights?');
    expect(confirmationMessages!.message).toMatch(/\/m\/a.*\/m\/b/);
    expect(asked('neuromfa_analyze', { path: '/m/a' }).confirmationMessages!.message).toContain('/m/a');
    expect(asked('neuromfa_list_runs', { folder: '/m' }).confirmationMessages!.message).toContain('/m');
    expect(asked('neuromfa_explain', { term: 'nulls' }).confirmationMessages).toBeUndefined();
    for (const input of [null, 7, {}, { path: { toString: 1 } }, { path: '[x](command:y)' }]) {
      const { message } = asked('neuromfa_analyze', input).confirmationMessages!;
      expect(message).not.toContain('](command:');
    }
  });
});

describe('what is answered', () => {
  it('a run: its points, and checkpoints that failed beside them', async () => {
    bench.engine.failures.set(at(10), new NeuroMfaError('damaged', at(10), 'it is cut short', ''));
    const { points, failures } = await ask('neuromfa_analyze', { path: run });
    expect((points as { step: number }[]).map(({ step }) => step)).toEqual([0, 20]);
    expect(failures).toEqual([expect.stringContaining('cut short')]);
    // The model hears of it; the user is not told as well.
    expect(bench.failures).toEqual([]);
  });

  it('losses beside a run in words', async () => {
    bench.engine.logs.set(run, { files: [], values: [{ name: 'loss', values: [3, 2, 1] }] });
    for (const [i, step] of [0, 10, 20].entries()) bench.engine.contents.set(at(step), 'adh'.charAt(i));
    const { metrics } = await ask('neuromfa_analyze', { path: run });
    expect((metrics as string[]).join(' ')).toContain('log(step)');
    expect((metrics as string[]).join(' ')).toContain('no evidence');
  });

  it('refusals that name the thing', async () => {
    bench.engine.failures.set(at(0), new NeuroMfaError('damaged', at(0), 'it is cut short', ''));
    for (const [name, input, cause] of [
      ['neuromfa_analyze', { path: at(0) }, 'cut short'],
      ['neuromfa_analyze', { path: 'run' }, 'no absolute path'],
      ['neuromfa_compare', { a: run, b: at(10) }, 'no single checkpoint'],
      ['neuromfa_compare', { a: at(10), b: at(20) }, 'no tensors are made up'],
      ['neuromfa_nothing', {}, 'no tool'],
    ] as const)
      await expect(ask(name, input), `${name} ${JSON.stringify(input)}`).rejects.toThrow(cause);
  });

  it('nothing once it is canceled, and the analysis ends', async () => {
    bench.engine.gate = new Promise(() => undefined);
    const asked = ask('neuromfa_analyze', { path: run });
    await vi.waitFor(() => {
      expect(bench.engine.analyzed).toHaveLength(1);
    });
    stop.abort();
    await expect(asked).rejects.toThrow();
    expect(bench.scheduler.progress).toBeNull();
  });
});
