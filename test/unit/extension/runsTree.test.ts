/** Which rows of the tree are asked for again while analyses go on. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { RunsTree, type Beside, type TreeNode } from '../../../src/extension/views/runsTree';
import type { ErrorData } from '../../../src/protocol/errors';
import { run, RunBench, silent } from './runBench';

vi.mock('vscode', () => ({
  EventEmitter: class {
    readonly #listeners: ((value: unknown) => void)[] = [];
    readonly event = (listener: (value: unknown) => void): void => {
      this.#listeners.push(listener);
    };
    fire(value: unknown): void {
      for (const listener of this.#listeners) listener(value);
    }
    dispose(): void {
      this.#listeners.length = 0;
    }
  },
  l10n: {
    t: (message: string, ...values: unknown[]) =>
      message.replace(/\{(\d+)\}/g, (_, index: number) => String(values[index])),
  },
}));

/** Longer than rows wait for their turn. */
const A_WHILE_MS = 3000;
const nameOf = (node: TreeNode): string =>
  node.kind === 'run' ? node.id.trim() : node.kind === 'checkpoint' ? node.path : node.kind;

const beside = (own: Partial<Beside>): Beside => ({
  ...{ held: () => [], checkpoints: () => [], place: (path: string) => path.slice(1) },
  ...{ faultOf: () => undefined, look: () => undefined },
  ...own,
});

describe('the tree of training runs', () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  /** The tree of two runs as an editor holds it, all of it open. @returns also what was asked for again, in order. */
  async function open(): Promise<{ bench: RunBench; fired: string[]; rows: () => Promise<string[]> }> {
    const bench = new RunBench(run('a'), run('b'));
    const tree = new RunsTree(bench.runs, bench.found, silent, beside({}));
    const fired: string[] = [];
    const all = async (node: TreeNode | undefined): Promise<string[]> => {
      const own = node ? [`${nameOf(node)}: ${tree.rowOf(node)?.description ?? ''}`] : [];
      const below = await Promise.all((await tree.childrenOf(node)).map(all));
      return [...own, ...below.flat()];
    };
    tree.onDidChange((nodes) => {
      fired.push(...(nodes ? nodes.map(nameOf) : ['everything']));
      // As the editor does: it asks for a row, and for all below it.
      for (const node of nodes ?? []) void all(node);
    });
    await all(undefined);
    await vi.advanceTimersByTimeAsync(A_WHILE_MS);
    fired.length = 0;
    return { bench, fired, rows: () => all(undefined) };
  }

  it('asks for the row of a checkpoint that is queued, and for no other', async () => {
    const { bench, fired } = await open();
    let free = (): void => undefined;
    bench.engine.gate = new Promise((resolve) => (free = resolve));
    const [first] = bench.runs.list;
    const analyzing = bench.actions.analyzeCheckpoints(first!, ['/a/b']);
    await vi.advanceTimersByTimeAsync(A_WHILE_MS);
    // Its run says that something of it is at work: menus ask for that.
    expect(new Set(fired)).toEqual(new Set(['/a/b', '/a']));
    fired.length = 0;
    free();
    await analyzing;
    await vi.advanceTimersByTimeAsync(A_WHILE_MS);
    expect(new Set(fired)).toEqual(new Set(['/a/b', '/a']));
    expect(fired).not.toContain('everything');
  });

  it('counts what is analyzed only where results have been looked for', async () => {
    const bench = new RunBench(run('a'), run('b'));
    const tree = new RunsTree(bench.runs, bench.found, silent, beside({}));
    const fired: string[] = [];
    tree.onDidChange((nodes) => {
      fired.push(...(nodes ?? []).map(nameOf));
    });
    const [a, b] = await tree.childrenOf(undefined);
    const said = (): unknown[] => [a, b].map((node) => tree.rowOf(node!)!.description);
    expect(said()).toEqual(['3 checkpoints', '3 checkpoints']);
    await tree.childrenOf(a);
    await vi.advanceTimersByTimeAsync(A_WHILE_MS);
    expect(fired).toContain('/a');
    expect(said()).toEqual(['0 of 3 analyzed', '3 checkpoints']);
    await bench.actions.analyzeCheckpoints(bench.runs.list[1]!, ['/b/b']);
    expect(said()).toEqual(['0 of 3 analyzed', 'at least 1 of 3 analyzed']);
    await tree.childrenOf(b);
    await vi.advanceTimersByTimeAsync(A_WHILE_MS);
    expect(said()).toEqual(['0 of 3 analyzed', '1 of 3 analyzed']);
    // With other settings nothing is known again.
    bench.settings = { ...bench.settings, seed: 7 };
    bench.findings.settingsChanged();
    expect(said()).toEqual(['3 checkpoints', '3 checkpoints']);
    tree.dispose();
  });

  it('asks for nothing where a change is none of any row', async () => {
    const { bench, fired, rows } = await open();
    await bench.actions.analyzeRuns(bench.runs.list);
    await vi.advanceTimersByTimeAsync(A_WHILE_MS);
    expect(await rows()).toContain('/a: 3 of 3 analyzed');
    fired.length = 0;
    // The panels show losses beside a run; the tree does not.
    let told = 0;
    bench.runs.onChange(() => told++);
    await bench.metrics.pick(bench.runs.list[0]!, ['/a/log.csv']);
    expect(told).toBeGreaterThan(0);
    await vi.advanceTimersByTimeAsync(A_WHILE_MS);
    expect(fired).toEqual([]);
  });

  describe('with checkpoints that belong to no run', () => {
    const damaged = {
      code: 'damaged',
      subject: '/x/m',
      cause: 'it is cut short',
      nextStep: 'Copy it again',
    } as const;
    const groupsOf = async (tree: RunsTree): Promise<string[]> =>
      (await tree.childrenOf(undefined))
        .filter((node) => node.kind === 'group')
        .map((node) => `${tree.rowOf(node)!.label} ${tree.rowOf(node)!.description}`);

    it('has them looked at, and moves those that cannot be read below, with the reason', async () => {
      const bench = new RunBench(run('a'));
      const faults = new Map<string, ErrorData>();
      const looked: (readonly string[])[] = [];
      const tree = new RunsTree(
        bench.runs,
        bench.found,
        silent,
        beside({
          checkpoints: () => ['/a/a', '/x/m.gguf', '/y/m.gguf'],
          faultOf: (path) => faults.get(path),
          look: (paths) => looked.push(paths),
        }),
      );
      const fired: unknown[] = [];
      tree.onDidChange((nodes) => fired.push(nodes));
      expect(await groupsOf(tree)).toEqual(['Checkpoints 2']);
      // Those of runs are told by their analyses.
      expect(looked.at(-1)).toEqual(['/x/m.gguf', '/y/m.gguf']);
      faults.set('/x/m.gguf', damaged);
      tree.faultsChanged();
      await vi.advanceTimersByTimeAsync(A_WHILE_MS);
      expect(fired).toEqual([undefined]);
      expect(await groupsOf(tree)).toEqual(['Checkpoints 1', 'Cannot be read 1']);
      const held = (await tree.childrenOf(undefined)).at(-1)!;
      const [row] = (await tree.childrenOf(held)).map((node) => tree.rowOf(node)!);
      expect(row).toMatchObject({ label: 'x/m', description: 'It is cut short.', contextValue: 'held' });
      expect(row!.tooltip).toContain('Copy it again.');
      expect(tree.parentOf((await tree.childrenOf(held))[0]!)).toBe(held);
      // Both are there already: their rows alone change.
      faults.set('/y/m.gguf', damaged);
      faults.delete('/x/m.gguf');
      tree.faultsChanged();
      await vi.advanceTimersByTimeAsync(A_WHILE_MS);
      expect(fired.at(-1)).toEqual(
        (await tree.childrenOf(undefined)).filter((node) => node.kind === 'group'),
      );
    });

    it('has none looked at while nobody sees it', async () => {
      const bench = new RunBench(run('a'));
      const looked: (readonly string[])[] = [];
      const look = (paths: readonly string[]): unknown => looked.push(paths);
      const tree = new RunsTree(
        bench.runs,
        bench.found,
        silent,
        beside({ checkpoints: () => ['/x/m.gguf'], look }),
      );
      tree.faultsChanged();
      expect(looked).toEqual([[]]);
      await tree.childrenOf(undefined);
      expect(looked.at(-1)).toEqual(['/x/m.gguf']);
      tree.setVisible(false);
      expect(looked.at(-1)).toEqual([]);
    });
  });
});
