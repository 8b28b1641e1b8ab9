/** Names with `*` and `?`, as people write them. */

/**
 * Whether `name` is what `glob` says: `*` stands for any text, `?` for one character, all else for itself.
 *
 * By hand, because a regular expression with many stars can take for ever, and globs come with workspaces' settings:
 * this takes at most as many steps as both are long, multiplied.
 */
export function matchesGlob(name: string, glob: string): boolean {
  let at = 0;
  let next = 0;
  // Where to go on when what follows the last star does not fit: behind the star, one character later.
  let star = -1;
  let retry = 0;
  while (at < name.length) {
    if (glob[next] === '*') {
      star = next++;
      retry = at;
    } else if (next < glob.length && (glob[next] === '?' || glob[next] === name[at])) {
      next++;
      at++;
    } else if (star >= 0) {
      next = star + 1;
      at = ++retry;
    } else return false;
  }
  while (glob[next] === '*') next++;
  return next === glob.length;
}
