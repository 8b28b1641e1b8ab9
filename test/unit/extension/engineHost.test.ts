import { describe, expect, it, vi } from 'vitest';
import { EngineHost, type EngineLike } from '../../../src/extension/services/engineHost';

function setUp(): {
  host: EngineHost;
  engines: (EngineLike & { threads: number })[];
  ask: (threads: number) => void;
} {
  let threads = 2;
  const engines: (EngineLike & { threads: number })[] = [];
  const host = new EngineHost(
    () => threads,
    (count) => {
      const engine = {
        threads: count,
        adapter: vi.fn(),
        describe: vi.fn(),
        estimate: vi.fn(),
        price: vi.fn(),
        inspect: vi.fn(),
        compare: vi.fn(),
        facts: vi.fn(),
        metrics: vi.fn(),
        analyze: vi.fn(),
        describeInitial: vi.fn(),
        analyzeInitial: vi.fn(),
        recognize: vi.fn(),
        dispose: vi.fn(() => Promise.resolve()),
      };
      engines.push(engine);
      return engine;
    },
  );
  return { host, engines, ask: (count) => (threads = count) };
}

describe('EngineHost', () => {
  it('makes no engine before one is needed, and then only one', async () => {
    const { host, engines } = setUp();
    expect(engines).toHaveLength(0);
    await Promise.all([host.use(() => Promise.resolve()), host.use(() => Promise.resolve())]);
    expect(engines).toHaveLength(1);
  });

  it('takes a change of threads with the next loan and ends the idle engine', async () => {
    const { host, engines, ask } = setUp();
    await host.use(() => Promise.resolve());
    ask(4);
    expect(engines).toHaveLength(1);
    await host.use((engine) => {
      expect(engine).toBe(engines[1]);
      return Promise.resolve();
    });
    expect(engines.map(({ threads }) => threads)).toEqual([2, 4]);
    expect(engines[0]!.dispose).toHaveBeenCalledOnce();
    expect(engines[1]!.dispose).not.toHaveBeenCalled();
  });

  it('lets those at work finish before their engine ends', async () => {
    const { host, engines, ask } = setUp();
    let finish = (): void => undefined;
    const work = host.use(() => new Promise<void>((resolve) => (finish = resolve)));
    ask(4);
    await host.use(() => Promise.resolve());
    expect(engines[0]!.dispose).not.toHaveBeenCalled();
    finish();
    await work;
    expect(engines[0]!.dispose).toHaveBeenCalledOnce();
  });

  it('returns what the work returns, and passes its failure on', async () => {
    const { host } = setUp();
    expect(await host.use(() => Promise.resolve(42))).toBe(42);
    await expect(host.use(() => Promise.reject(new Error('no')))).rejects.toThrow('no');
  });

  it('ends every engine, at work or not', async () => {
    const { host, engines, ask } = setUp();
    void host.use(() => new Promise(() => undefined));
    ask(4);
    await host.use(() => Promise.resolve());
    await host.dispose();
    for (const engine of engines) expect(engine.dispose).toHaveBeenCalledOnce();
  });
});
