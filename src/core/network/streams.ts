/** Which blocks hand their activations on to each other, and what runs before what, as far as names tell. */

/** Parts of a model in the order in which they run. */
const PHASES: readonly (readonly [string, RegExp])[] = [
  ['encoder', /^(encoder|enc|down(_blocks?)?|input_blocks)$/],
  ['middle', /^(mid(dle)?(_blocks?)?|bottleneck)$/],
  ['decoder', /^(decoder|dec|up(_blocks?)?|output_blocks)$/],
];
/** What feeds a language model is read after it, as families are: the order of towers is the same in all names. */
const SENSES = /(^|[._])(v|vis|vision|visual|vit|image|img|audio|speech|sound)([._]|$)/i;
/** Runs over what the towers beside it have written. */
const GLOBAL = /(^|[._])(global|post)_/i;

/** The stream of a block: those of one prefix and stream follow each other. @param path of the block. */
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

/** What stands before the first number. */
function towerOf(path: string): string {
  const components = path.split('.');
  const number = components.findIndex((component) => /\d/.test(component));
  return components.slice(0, number < 0 ? undefined : number).join('.');
}

function phaseOf(component: string): number {
  return PHASES.findIndex(([, pattern]) => pattern.test(component.toLowerCase()));
}

/** Towers in their order, each with its sections as they were given. */
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
