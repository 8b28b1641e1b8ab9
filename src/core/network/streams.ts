/** Which blocks pass their activations on to each other, and what runs first, as far as names say. */

/** Parts of a model in the order in which they run. */
const PHASES: readonly (readonly [string, RegExp])[] = [
  ['encoder', /^(encoder|enc|down(_blocks?)?|input_blocks)$/],
  ['middle', /^(mid(dle)?(_blocks?)?|bottleneck)$/],
  ['decoder', /^(decoder|dec|up(_blocks?)?|output_blocks)$/],
];
/** Other parts of a model, in the order in which they run; what no word is known of runs first but for `FIRST`. */
const FIRST = /^(init(ial)?|first|in_?conv|inc|conv_?in|stem)$/;
const ORDER: readonly RegExp[] = [
  /^(encoder|enc|down(_?blocks?|_?conv|_?sample)?s?|input_blocks|features?(_?extractor)?|backbone|contract\w*|net_?g|g|gen(erator)?)$/,
  /^(mid(dle)?(_?blocks?)?|bottle_?neck|bottom|bridge|neck|mu|log_?var|log_?sigma|(fc|to|encoder|enc)_(mu|mean|log_?var|var|log_?sigma)|(pre_)?vq\w*|(pre_)?quant\w*)$/,
  /^(decoder_(input|fc|in)|dec_fc|fc_dec\w*|latent_to_\w+)$/,
  /^(decoder|dec|up(_?blocks?|_?conv|_?sample)?s?|output_blocks|expan[ds]\w*)$/,
  /^(net_?d|d|disc(riminator)?|critic|head|heads|tail|last\w*|final\w*|out(put)?(_?conv|_?layer)?|outc|classifier|advantage|value)$/,
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

/** The place of a part among {@link ORDER}; 0 where no word is known. @param hasTail whether there is a tail, so that heads come first. */
function placeInOrder(path: string, hasTail: boolean): number {
  for (const component of path.split('.')) {
    const word = component.toLowerCase().replace(/^_+|[_\d]+$/g, '');
    if (FIRST.test(word) || (hasTail && word === 'head')) return -1;
    const found = ORDER.findIndex((pattern) => pattern.test(word));
    if (found >= 0) return found + 1;
  }
  return 0;
}

/** Towers in order of execution, each with its sections in the given order. */
export function inOrderOfExecution<S extends { path: string | null; layers: readonly { path: string }[] }>(
  sections: readonly S[],
): S[] {
  const pathOf = (section: S): string => section.path ?? section.layers[0]!.path;
  const hasTail = sections.some((section) => /^_*tail([._]|$)/i.test(pathOf(section)));
  const keyed = sections.map((section, i) => {
    const path = pathOf(section);
    const key = [Number(SENSES.test(path)), Number(GLOBAL.test(path)), placeInOrder(path, hasTail)];
    return { section, i, key };
  });
  const order = (a: (typeof keyed)[number], b: (typeof keyed)[number]): number => {
    const at = a.key.findIndex((value, i) => value !== b.key[i]);
    return at < 0 ? a.i - b.i : a.key[at]! - b.key[at]!;
  };
  return keyed.sort(order).map(({ section }) => section);
}
