/** Blocks whose layers a program numbers individually: attention, cross-attention and MLP in turn. */

/** x-transformers: `attn_layers.layers.0.1.to_q`, `attn_layers.layers.1.1.ff.0.0`. */
const SUBLAYER = /^((?:.+\.)?attn_layers\.layers)\.(\d+)\.(.+)$/;
const MODULES: Readonly<Record<number, readonly string[]>> = {
  2: ['attn', 'ff'],
  3: ['attn', 'cross_attn', 'ff'],
};

/** The path that each layer would have if blocks were numbered; empty for layers of other programs. */
export function numberedBlocks(paths: readonly string[]): Map<string, string> {
  const stacks = new Map<string, { path: string; number: number; rest: string }[]>();
  for (const path of paths) {
    const match = path.includes('attn_layers.') ? SUBLAYER.exec(path) : null;
    if (!match) continue;
    const [, stack, number, rest] = match as unknown as [string, string, string, string];
    const own = stacks.get(stack);
    if (own) own.push({ path, number: Number(number), rest });
    else stacks.set(stack, [{ path, number: Number(number), rest }]);
  }
  const renamed = new Map<string, string>();
  for (const [stack, own] of stacks) {
    const feedForward = new Set(
      own.filter(({ rest }) => /(^|\.)ff\./.test(rest)).map(({ number }) => number),
    );
    const period =
      own.reduce(
        (least, { number }) => (feedForward.has(number) ? Math.min(least, number) : least),
        Infinity,
      ) + 1;
    const modules = MODULES[period];
    const inTurn =
      modules && own.every(({ number }) => feedForward.has(number) === (number % period === period - 1));
    if (!inTurn) continue;
    for (const { path, number, rest } of own)
      renamed.set(path, `${stack}.${Math.floor(number / period)}.${modules[number % period]!}.${rest}`);
  }
  return renamed;
}
