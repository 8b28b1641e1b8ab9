/** A comparison as one HTML file without scripts: tables that any browser shows and prints. */
import type { Comparison } from '../../protocol/comparison';
import {
  adapterSentences,
  figureSentences,
  largestChanges,
  tensorSentences,
} from '../../protocol/comparisonWords';
import { bracketed, decimal, estimate, NOTHING, percent, significant } from '../../protocol/format';
import { visible } from '../../protocol/visible';

/** A page shows the first of thousands of tensors; JSON has all. */
const MAX_ROWS = 2000;

const STYLES = `:root{color-scheme:light dark}body{font:15px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:72rem;padding:0 1rem}
table{border-collapse:collapse;margin:.5rem 0 1.5rem;font-variant-numeric:tabular-nums}th,td{padding:.15rem .8rem .15rem 0;text-align:left;border-bottom:1px solid #8884}
td:not(:first-child){text-align:right}th:not(:first-child){text-align:right}.bar{display:inline-block;height:.6em;background:#2f7ed8;vertical-align:middle}`;

const shapeOf = (shape: readonly number[], isFirst: boolean): string =>
  `${shape.join(' × ')}${isFirst ? ', inputs first' : ''}`;

export function comparisonPage(comparison: Comparison): string {
  const { tensors, projections, settings } = comparison;
  const names =
    comparison.kind === 'runs' ? [comparison.a.name, comparison.b.name] : [tensors.a.name, tensors.b.name];
  const paths =
    comparison.kind === 'runs' ? [comparison.a.path, comparison.b.path] : [tensors.a.path, tensors.b.path];
  const figures =
    comparison.kind === 'checkpoints' ? comparison.figures : (comparison.points.at(-1)?.figures ?? null);
  const changes = largestChanges(tensors, MAX_ROWS);
  const largest = changes.reduce((most, { relative }) => Math.max(most, relative ?? 0), 0);
  const title = `${names[0]!} and ${names[1]!}`;
  const body = [
    `<h1>${text(title)}</h1>`,
    `<p>A: ${text(paths[0]!)}<br>B: ${text(paths[1]!)}. Differences are B minus A.</p>`,
    ...[
      ...adapterSentences(tensors),
      ...(figures ? figureSentences(figures) : []),
      ...tensorSentences(tensors),
    ].map((line) => `<p>${text(line)}</p>`),
    figures &&
      table(
        'Regularity and heterogeneity',
        ['', 'A', 'B', 'Δ ln [95 %]'],
        (
          [
            ['α₀', 'alpha0', figures.lnAlpha0],
            ['τ′(0)', 'alpha0Exact', figures.lnAlpha0Exact],
            ['w', 'width', figures.lnWidth],
          ] as const
        ).map(([symbol, key, value]) => [
          symbol,
          estimate(figures.a[key]),
          estimate(figures.b[key]),
          bracketed(value.value, value.ci95),
        ]),
      ),
    comparison.kind === 'runs' &&
      table(
        'By step',
        ['step', 'Δ ln α₀ [95 %]', 'Δ ln w [95 %]', 'Δ beyond w [95 %]'],
        comparison.points.map(({ step, figures: { lnAlpha0, lnWidth, beyond } }) => [
          String(step),
          bracketed(lnAlpha0.value, lnAlpha0.ci95),
          bracketed(lnWidth.value, lnWidth.ci95),
          beyond ? bracketed(beyond.width.value, beyond.width.ci95) : NOTHING,
        ]),
      ),
    projections &&
      table(
        'Projections',
        ['projection', 'Δ ln α₀', 'sd of null', 'Δ ln w', 'sd of null'],
        projections
          .slice(0, MAX_ROWS)
          .map((each) => [
            each.name,
            decimal(each.lnAlpha0, 4),
            decimal(each.sdLnAlpha0, 4),
            decimal(each.lnWidth, 4),
            decimal(each.sdLnWidth, 4),
          ]),
      ),
    changes.length > 0 &&
      table(
        'Tensors that differ, the largest change first',
        ['tensor', 'shape', '‖B − A‖ / ‖A‖', '', 'cosine', 'equal'],
        changes.map(({ name, shape, relative, cosine, equal }) => [
          name,
          shape.join(' × '),
          significant(relative, 3),
          bar(largest > 0 ? (relative ?? largest) / largest : 0),
          decimal(cosine, 4),
          percent(equal),
        ]),
      ),
    table(
      'In one of the two, or of another shape or orientation',
      ['tensor', 'A', 'B'],
      [
        ...tensors.onlyA.map(({ name, shape }) => [name, shape.join(' × '), NOTHING]),
        ...tensors.onlyB.map(({ name, shape }) => [name, NOTHING, shape.join(' × ')]),
        ...tensors.reshaped.map(({ name, a, b, inputsFirst }) => [
          name,
          shapeOf(a, inputsFirst === 'a'),
          shapeOf(b, inputsFirst === 'b'),
        ]),
      ].slice(0, MAX_ROWS),
    ),
    table(
      'Metadata and configuration',
      ['entry', 'A', 'B'],
      tensors.metadata.map(({ key, a, b }) => [key, a ?? NOTHING, b ?? NOTHING]),
    ),
    `<p>Settings: ${text(JSON.stringify(settings))}</p>`,
  ].filter(Boolean);
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${text(title)}</title>
<style>${STYLES}</style>
</head>
<body>
${body.join('\n')}
</body>
</html>
`;
}

/** Markup, which only this file makes. */
interface Markup {
  markup: string;
}

const bar = (share: number): Markup => ({
  markup: `<span class="bar" style="width:${Math.round(120 * Math.min(1, share))}px"></span>`,
});

/** Empty where there are no rows. */
function table(
  title: string,
  head: readonly string[],
  rows: readonly (readonly (string | Markup)[])[],
): string {
  if (rows.length === 0) return '';
  const cells = (row: readonly (string | Markup)[], tag: 'td' | 'th'): string =>
    `<tr>${row.map((cell) => `<${tag}>${typeof cell === 'string' ? text(cell) : cell.markup}</${tag}>`).join('')}</tr>`;
  return `<h2>${text(title)}</h2>\n<table>\n${cells(head, 'th')}\n${rows.map((row) => cells(row, 'td')).join('\n')}\n</table>`;
}

/** Escapes text, because names may contain anything. */
const text = (plain: string): string =>
  visible(plain).replace(/[&<>"']/g, (character) => `&#${character.codePointAt(0)!};`);
