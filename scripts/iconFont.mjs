// Reduces the icon font and its style sheet to the icons that the pages use: the whole font is a tenth of the package.

/** @returns the names of icons that occur in built scripts: whole string literals, and classes of markup. */
export function usedIcons(css, scripts) {
  const known = new Set([...css.matchAll(/\.codicon-([a-z0-9-]+):before/g)].map(([, name]) => name));
  const words = scripts.flatMap((text) => text.match(/(?<=["'`]|codicon-)[a-z][a-z0-9-]*(?=["'`\s])/g) ?? []);
  return new Set(words.filter((word) => known.has(word)));
}

/** @returns the style sheet with rules for these icons alone, and their code points. */
export function subsetStyles(css, icons) {
  const codes = [];
  const styles = css.replace(
    /\.codicon-([a-z0-9-]+):before \{ content: "\\([0-9a-f]+)" \}\n?/g,
    (rule, name, code) => {
      if (!icons.has(name)) return '';
      codes.push(parseInt(code, 16));
      return rule;
    },
  );
  return { styles, codes };
}

/**
 * @param font a TrueType font whose outlines are simple glyphs.
 * @param codes the characters to retain.
 * @returns the same font, in which every other glyph is empty and none has a name.
 */
export function subsetFont(font, codes) {
  const view = new DataView(font.buffer, font.byteOffset, font.byteLength);
  const tables = new Map();
  for (let at = 12; at < 12 + 16 * view.getUint16(4); at += 16) {
    const start = view.getUint32(at + 8);
    tables.set(font.toString('latin1', at, at + 4), font.subarray(start, start + view.getUint32(at + 12)));
  }
  const kept = new Set([0, ...codes.map((code) => glyphOf(tables.get('cmap'), code))]);
  const { glyf, loca } = outlines(tables, kept);
  // Version 3: without names of glyphs.
  const post = Buffer.from(tables.get('post').subarray(0, 32));
  post.writeUInt32BE(0x00030000, 0);
  return assemble(font.subarray(0, 12), new Map([...tables, ['glyf', glyf], ['loca', loca], ['post', post]]));
}

function glyphOf(cmap, code) {
  for (let each = 0; each < cmap.readUInt16BE(2); each++) {
    const table = cmap.subarray(cmap.readUInt32BE(8 + 8 * each));
    if (table.readUInt16BE(0) !== 4) continue;
    const segments = table.readUInt16BE(6) / 2;
    for (let s = 0; s < segments; s++) {
      const end = table.readUInt16BE(14 + 2 * s);
      const startAt = 16 + 2 * (segments + s);
      const start = table.readUInt16BE(startAt);
      if (code < start || code > end) continue;
      const delta = table.readUInt16BE(startAt + 2 * segments);
      const rangeAt = startAt + 4 * segments;
      const range = table.readUInt16BE(rangeAt);
      if (range === 0) return (code + delta) & 0xffff;
      return (table.readUInt16BE(rangeAt + range + 2 * (code - start)) + delta) & 0xffff;
    }
  }
  throw new Error(`codicon.ttf has no character ${code.toString(16)}: see scripts/iconFont.mjs`);
}

function outlines(tables, kept) {
  const [loca, glyf] = [tables.get('loca'), tables.get('glyf')];
  const long = tables.get('head').readInt16BE(50) === 1;
  const offset = (index) => (long ? loca.readUInt32BE(4 * index) : 2 * loca.readUInt16BE(2 * index));
  const places = Buffer.alloc(loca.length);
  const glyphs = [];
  let length = 0;
  const count = loca.length / (long ? 4 : 2) - 1;
  for (let glyph = 0; glyph <= count; glyph++) {
    if (long) places.writeUInt32BE(length, 4 * glyph);
    else places.writeUInt16BE(length / 2, 2 * glyph);
    if (glyph === count || !kept.has(glyph)) continue;
    const outline = glyf.subarray(offset(glyph), offset(glyph + 1));
    if (outline.length > 0 && outline.readInt16BE(0) < 0)
      throw new Error('codicon.ttf has glyphs that are made of others: see scripts/iconFont.mjs');
    glyphs.push(outline);
    length += outline.length;
  }
  return { glyf: Buffer.concat(glyphs), loca: places };
}

function assemble(start, tables) {
  const directory = Buffer.alloc(16 * tables.size);
  const parts = [start, directory];
  let [at, place] = [12 + directory.length, 0];
  for (const [tag, bytes] of tables) {
    const padded = Buffer.concat([bytes, Buffer.alloc(-bytes.length & 3)]);
    let sum = 0;
    for (let word = 0; word < padded.length; word += 4) sum = (sum + padded.readUInt32BE(word)) >>> 0;
    directory.write(tag, place, 'latin1');
    directory.writeUInt32BE(sum, place + 4);
    directory.writeUInt32BE(at, place + 8);
    directory.writeUInt32BE(bytes.length, place + 12);
    parts.push(padded);
    at += padded.length;
    place += 16;
  }
  return Buffer.concat(parts);
}
