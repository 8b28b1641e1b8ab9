/** Reads CSV as Python's `csv` module and spreadsheets do: quotes count only where a cell begins with one. */
export function parseCsv(text: string, delimiter: string): string[][] {
  const rows: string[][] = [];
  let row: string[] = [];
  let cell = '';
  let at = 0;
  const endCell = (): void => {
    row.push(cell);
    cell = '';
  };
  const endRow = (): void => {
    endCell();
    rows.push(row);
    row = [];
  };
  while (at < text.length) {
    if (
      cell === '' &&
      text[at] === '"' &&
      (at === 0 || text[at - 1] === delimiter || text[at - 1] === '\n')
    ) {
      for (at++; at < text.length; at++) {
        if (text[at] !== '"') cell += text[at]!;
        else if (text[at + 1] === '"') cell += text[at++]!;
        else break;
      }
      at++;
      continue;
    }
    const character = text[at++]!;
    if (character === delimiter) endCell();
    else if (character === '\r' || character === '\n') {
      if (character === '\r' && text[at] === '\n') at++;
      endRow();
    } else cell += character;
  }
  if (cell !== '' || row.length > 0) endRow();
  return rows;
}
