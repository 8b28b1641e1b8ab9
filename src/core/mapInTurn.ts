/** Asks for parts of one whole: once one is null, the others are not asked for unless all are asked for `together`. */
export async function allOrNone<T, U>(
  items: readonly T[],
  together: boolean,
  work: (item: T) => Promise<U | null>,
): Promise<U[] | null> {
  const parts: U[] = [];
  let missing = 0;
  await mapInTurn([...items.entries()], together, async ([at, item]) => {
    const part = missing === 0 || together ? await work(item) : null;
    if (part === null) missing++;
    else parts[at] = part;
  });
  return missing === 0 ? parts : null;
}

/** One after the other, so that none is begun once one rejects; or all `together`. @returns in order of the items. */
export async function mapInTurn<T, U>(
  items: readonly T[],
  together: boolean,
  work: (item: T) => Promise<U>,
): Promise<U[]> {
  if (together) return Promise.all(items.map(work));
  const done: U[] = [];
  for (const item of items) done.push(await work(item));
  return done;
}
