/** The HTML of a panel: an empty shell that loads the bundle. All data arrive as messages. */

export interface PanelPage {
  /** The origin from which the editor serves local resources (`webview.cspSource`). */
  cspSource: string;
  /** Unguessable, fresh for every page. */
  nonce: string;
  script: string;
  /** In the order in which they count. */
  styles: readonly string[];
  codicons: string;
  title: string;
  /** Language of the editor, "en". */
  language: string;
  /** How the reader looked at it last, as JSON; empty where that is unknown. */
  view: string;
}

/** What the page may load; everything else is refused. */
export function contentSecurityPolicy({ cspSource, nonce }: Pick<PanelPage, 'cspSource' | 'nonce'>): string {
  return [
    // Nothing is allowed without a reason below: no network, no frames, no plugins, no eval.
    "default-src 'none'",
    // Our bundle with the modules that it imports, and nothing else: hostile text that became markup could still not
    // run.
    `script-src 'nonce-${nonce}'`,
    // The bundle's style sheets.
    `style-src ${cspSource}`,
    // The icon font.
    `font-src ${cspSource}`,
  ].join('; ');
}

/** The HTML of a panel. */
export function panelHtml(page: PanelPage): string {
  const nonce = escapeAttribute(page.nonce);
  // The components look up their icons in the style sheet with this id.
  return `<!DOCTYPE html>
<html lang="${escapeAttribute(page.language)}">
  <head>
    <meta charset="utf-8">
    <meta http-equiv="Content-Security-Policy" content="${escapeAttribute(contentSecurityPolicy(page))}">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <link rel="stylesheet" href="${escapeAttribute(page.codicons)}" id="vscode-codicon-stylesheet" nonce="${nonce}">
    ${page.styles.map((sheet) => `<link rel="stylesheet" href="${escapeAttribute(sheet)}">`).join('\n    ')}
    <title>${escapeAttribute(page.title)}</title>
  </head>
  <body>
    <main id="app" data-view="${escapeAttribute(page.view)}"></main>
    <script type="module" nonce="${nonce}" src="${escapeAttribute(page.script)}"></script>
  </body>
</html>
`;
}

/** Checkpoint names may contain anything. Escapes both attributes and element content. */
function escapeAttribute(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
