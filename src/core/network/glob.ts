/** Names with `*` and `?`, as people write them: `*` matches any text, `?` one character, everything else itself. */

const BITS = 32;

/** A set of positions in a glob, one bit each. */
type Places = Uint32Array;

/** Whether it matches anything but itself. */
export function isGlob(text: string): boolean {
  return text.includes('*') || text.includes('?');
}

/**
 * Tells whether a name matches the glob.
 *
 * Written by hand, because a regular expression with many stars can take forever, and globs come with workspaces'
 * settings. This goes through a name once, and at every character follows all positions of the glob that may have been
 * reached, 32 at a time.
 */
export function globMatcher(glob: string): (name: string) => boolean {
  const wanted = glob.replace(/\*+/g, '');
  const words = Math.floor(wanted.length / BITS) + 1;
  const stays = starPlaces(glob, words);
  const { steps, anyOther } = stepsOf(wanted, words);
  let reached: Places = new Uint32Array(words);
  let next: Places = new Uint32Array(words);
  return (name) => {
    reached.fill(0);
    reached[0] = 1;
    for (let at = 0; at < name.length; at++) {
      const step = steps.get(name.charCodeAt(at)) ?? anyOther;
      let carry = 0;
      let some = 0;
      for (let word = 0; word < words; word++) {
        const moved = reached[word]! & step[word]!;
        next[word] = (moved << 1) | carry | (reached[word]! & stays[word]!);
        carry = moved >>> (BITS - 1);
        some |= next[word]!;
      }
      if (some === 0) return false;
      [reached, next] = [next, reached];
    }
    return has(reached, wanted.length);
  };
}

/** The positions at which a star takes any text. A position is the number of characters and `?` before it. */
function starPlaces(glob: string, words: number): Places {
  const places = new Uint32Array(words);
  let place = 0;
  for (const character of glob.split('')) {
    if (character === '*') add(places, place);
    else place++;
  }
  return places;
}

/** For each character of a name, the positions that it advances. */
function stepsOf(wanted: string, words: number): { steps: Map<number, Places>; anyOther: Places } {
  const anyOther = new Uint32Array(words);
  for (let place = 0; place < wanted.length; place++) if (wanted[place] === '?') add(anyOther, place);
  const steps = new Map<number, Places>();
  for (let place = 0; place < wanted.length; place++) {
    if (wanted[place] === '?') continue;
    const code = wanted.charCodeAt(place);
    let step = steps.get(code);
    if (!step) steps.set(code, (step = anyOther.slice()));
    add(step, place);
  }
  return { steps, anyOther };
}

function add(places: Places, place: number): void {
  places[Math.floor(place / BITS)]! |= 1 << (place % BITS);
}

function has(places: Places, place: number): boolean {
  return ((places[Math.floor(place / BITS)]! >>> (place % BITS)) & 1) === 1;
}
