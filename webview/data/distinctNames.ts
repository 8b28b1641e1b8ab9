/** Distinguishes runs of the same name, such as several seeds of one run, by their folders. */

interface Named {
  name: string;
  path: string;
}

/**
 * One name per run: its own, with the folders above it where others share it, or a number where they share those too.
 */
export function distinctNames(runs: readonly Named[]): string[] {
  return runs.map((run) => {
    const namesakes = runs.filter(({ name }) => name === run.name);
    if (namesakes.length === 1) return run.name;
    const elsewhere = namesakes.filter(({ path }) => path !== run.path);
    const above = foldersAbove(run.path);
    const enough = above.findIndex((_, depth) =>
      elsewhere.every(({ path }) => foldersAbove(path)[depth] !== above[depth]),
    );
    const place = elsewhere.length === 0 ? '' : (above[enough] ?? run.path);
    const alike = namesakes.filter(({ path }) => path === run.path);
    const number = alike.length > 1 ? String(alike.indexOf(run) + 1) : '';
    return `${run.name} (${[place, number].filter(Boolean).join(', ')})`;
  });
}

/** The folder above, then the two above, and so on: "b", "a/b". */
function foldersAbove(path: string): string[] {
  const parts = path.split(/[/\\]/).filter(Boolean).slice(0, -1);
  return parts.map((_, depth) => parts.slice(parts.length - 1 - depth).join('/'));
}
