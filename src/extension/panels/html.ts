/** The page of a panel: an empty shell that loads the bundle. All data arrive by message. */

export interface PanelPage {
  /** Where the editor serves local resources from (`webview.cspSource`). */
  cspSource: string;
  /** Unguessable, fresh for every page. */
  nonce: string;
  script: string;
  styles: string;
  codicons: string;
  title: string;
  /** Language of the editor, "en". */
  language: string;
}

/** What the page may load; everything that is not named is refused. */
export function contentSecurityPolicy({ cspSource, nonce }: Pick<PanelPage, 'cspSource' | 'nonce'>): string {
  return [
    // Nothing is allowed that does not have a reason below: no network, no frames, no plugins, no eval.
    "default-src 'none'",
    // Our bundle, with the modules that it imports, and nothing else: hostile text that became markup could still not run.
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
  // The components look their icons up in the style sheet of this id.
  return `<!DOCTYPE html>
<html lang="${escapeAttribute(page.language)}">
  <head>
    <meta charset="utf-8">
    <meta http-equiv="Content-Security-Policy" content="${escapeAttribute(contentSecurityPolicy(page))}">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <link rel="stylesheet" href="${escapeAttribute(page.codicons)}" id="vscode-codicon-stylesheet" nonce="${nonce}">
    <link rel="stylesheet" href="${escapeAttribute(page.styles)}">
    <title>${escapeAttribute(page.title)}</title>
  </head>
  <body>
    <main id="app"></main>
    <script type="module" nonce="${nonce}" src="${escapeAttribute(page.script)}"></script>
  </body>
</html>
`;
}

/** Checkpoint names are anybody's text. Escapes for attributes and for elements alike. */
function escapeAttribute(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
