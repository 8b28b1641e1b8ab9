/** Which blocks pass their activations on to each other, and what runs first, as far as names tell. */

/** Parts of a model in the order in which they run. */
const PHASES: readonly (readonly [string, RegExp])[] = [
  ['encoder', /^(encoder|enc|down(_blocks?)?|input_blocks)$/],
  ['middle', /^(mid(dle)?(_blocks?)?|bottleneck)$/],
  ['decoder', /^(decoder|dec|up(_blocks?)?|output_blocks)$/],
];
/**
 * Towers that feed a language model are read after it, as in families: the order of towers is the same with all names.
 */
const SENSES = /(^|[._])(v|vis|vision|visual|vit|image|img|audio|speech|sound)([._]|$)/i;
/** Modules that read what the towers beside them have written. */
const GLOBAL = /(^|[._])(global|post)_/i;

/** The stream of a block: blocks of one prefix and stream are consecutive. @param path path of the block. */
export function streamOf(path: string): { prefix: string; stream: string } {
  const tower = towerOf(path);
  const components = tower.split('.');
  const at = components.findIndex((component) => phaseOf(component) >= 0);
  if (at < 0) return { prefix: tower, stream: '' };
  return {
    prefix: components
      .slice(0, at)
      .map((component) => `${component}.`)
      .join(''),
    stream: PHASES[phaseOf(components[at]!)]![0],
  };
}

/** The path before the first number. */
function towerOf(path: string): string {
  const components = path.split('.');
  const number = components.findIndex((component) => /\d/.test(component));
  return components.slice(0, number < 0 ? undefined : number).join('.');
}

function phaseOf(component: string): number {
  return PHASES.findIndex(([, pattern]) => pattern.test(component.toLowerCase()));
}

/** Towers in order of execution, each with its sections in the given order. */
export function inOrderOfExecution<S extends { path: string | null; layers: readonly { path: string }[] }>(
  sections: readonly S[],
): S[] {
  const keyed = sections.map((section, i) => {
    const path = section.path ?? section.layers[0]!.path;
    const phase =
      towerOf(path)
        .split('.')
        .map(phaseOf)
        .find((each) => each >= 0) ?? -1;
    return { section, i, key: [Number(SENSES.test(path)), Number(GLOBAL.test(path)), phase] };
  });
  const order = (a: (typeof keyed)[number], b: (typeof keyed)[number]): number => {
    const at = a.key.findIndex((value, i) => value !== b.key[i]);
    return at < 0 ? a.i - b.i : a.key[at]! - b.key[at]!;
  };
  return keyed.sort(order).map(({ section }) => section);
}
