/**
 * Asks for the parts of one whole: after the first null the others are not asked for, unless all are asked for
 * `together`.
 */
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

/**
 * One after the other, so that none begins once one has rejected; or all `together`. @returns the results in the order
 * of the items.
 */
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
