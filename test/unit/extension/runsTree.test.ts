/** Which rows of the tree are asked for again while analyses go on. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { RunsTree, type TreeNode } from '../../../src/extension/views/runsTree';
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
    const none = { held: () => [], checkpoints: () => [], place: (path: string) => path };
    const tree = new RunsTree(bench.runs, bench.found, silent, none);
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
});
