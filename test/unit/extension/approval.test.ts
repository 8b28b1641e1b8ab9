/** What is asked before very much is read, in an editor that answers as it is told. */
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { Approval } from '../../../src/extension/services/approval';
import type { WorkEstimate } from '../../../src/worker/approval';

const editor = vi.hoisted(() => ({ said: [] as string[], answers: [] as (string | undefined)[] }));
vi.mock('vscode', () => ({
  l10n: {
    t: (words: string, ...args: unknown[]) => words.replace(/\{(\d)\}/g, (_, i) => String(args[Number(i)])),
  },
  window: {
    showInformationMessage: (words: string) => {
      editor.said.push(words);
      return Promise.resolve(editor.answers.shift());
    },
  },
}));

const work: WorkEstimate = { fileBytes: 2.5e6, bytes: 2e6, seconds: 9, threads: 2, memory: 2e8 };
const at = (step: number): string => `hf://lab/run@step${step}/model.safetensors`;
const approval = (): Approval =>
  new Approval((path) =>
    path.startsWith('hf://lab/run@') ? { id: 'hf://lab/run', name: 'run' } : undefined,
  );

beforeEach(() => {
  Object.assign(editor, { said: [], answers: [] });
});

describe('what is asked before much is read', () => {
  it('is asked for each checkpoint of a disk', async () => {
    editor.answers = ['Start', undefined];
    const { ask } = approval();
    expect([await ask('/run/step0/model.safetensors', work), await ask('/b', work)]).toEqual([true, false]);
    expect(editor.said).toEqual([
      'Analyzing run/step0 reads 2.0\u202fMB, which takes 9\u202fs or more, depending on the disk.',
      'Analyzing b reads 2.0\u202fMB, which takes 9\u202fs or more, depending on the disk.',
    ]);
  });

  it('is asked once of a run elsewhere, with the bytes of a checkpoint', async () => {
    editor.answers = ['Start'];
    const { ask } = approval();
    expect(await Promise.all([0, 64, 512].map(async (step) => ask(at(step), work)))).toEqual([
      true,
      true,
      true,
    ]);
    expect(editor.said).toHaveLength(1);
    expect(editor.said[0]).toMatch(
      /needed: 2\.0.MB over the network, and as much for each other checkpoint of run\.$/,
    );
  });

  it('is asked again once it was refused, and for what belongs to no run by itself', async () => {
    editor.answers = ['Cancel', undefined, 'Start'];
    const { ask } = approval();
    expect([await ask(at(0), work), await ask(at(64), work), await ask(at(0), work)]).toEqual([
      false,
      false,
      true,
    ]);
    editor.answers = ['Start', 'Start'];
    for (const other of ['hf://lab/a', 'hf://lab/b']) expect(await ask(other, work)).toBe(true);
    expect(editor.said).toHaveLength(5);
  });

  it('is not asked of a run whose price has been accepted', async () => {
    const own = approval();
    own.accept('hf://lab/run');
    expect(await own.ask(at(0), work)).toBe(true);
    expect(editor.said).toEqual([]);
  });
});
