/** That nothing in the extension gets around src/extension/ui unnoticed. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ESLint, Linter } from 'eslint';
import tseslint from 'typescript-eslint';
import { describe, expect, it } from 'vitest';
import { editorSeam } from '../../../../scripts/lint/editorSeam.mjs';

const IMPORT = "import * as vscode from 'vscode';\n";

/** The lines of `code` that are complained about. */
function complaints(code: string): number[] {
  const linter = new Linter();
  const messages = linter.verify(code, {
    languageOptions: { parser: tseslint.parser },
    rules: { 'no-restricted-syntax': ['error', ...editorSeam] },
  });
  expect(messages.filter(({ fatal }) => fatal)).toEqual([]);
  return messages.map(({ line }) => line);
}

describe('lint', () => {
  it.each([
    "void vscode.window.showErrorMessage('a');",
    "void vscode.window?.showErrorMessage('a');",
    "void vscode.window['showErrorMessage']('a');",
    "void vscode['window'].showErrorMessage('a');",
    "void vscode[`window`].showErrorMessage('a');",
    "void (vscode as any).window.showErrorMessage('a');",
    "void vscode!.window.showErrorMessage('a');",
    'const { window } = vscode;',
    'const { window } = { ...vscode };',
    'const { showErrorMessage } = vscode.window;',
    'const window = vscode.window;',
    'const editor = vscode;',
    'use(vscode);',
    'export { vscode };',
    'await vscode.window.withProgress({ location: 15, title }, work);',
    "vscode.window.createQuickPick().title = 'a';",
    "vscode.window.createStatusBarItem('a');",
    "vscode.window.createOutputChannel('a');",
    "vscode.window.createTreeView('a', { treeDataProvider });",
    "vscode.window.createWebviewPanel('a', title, 1);",
    "vscode.window.registerWebviewViewProvider('a', provider);",
    'await vscode.window.showOpenDialog({ title });',
    'await vscode.window.showSaveDialog({ title });',
    'await vscode.window.showInputBox({ prompt });',
    'vscode.window.setStatusBarMessage(text);',
    'const item = new vscode.TreeItem(label);',
    'const tooltip = new vscode.MarkdownString(text);',
    'const log = vscode.l10n.t(message, name);',
    "vscode.commands.registerCommand('a', run);",
    'const { registerCommand } = vscode.commands;',
    "vscode.commands['registerCommand']('a', run);",
    'const own = vscode.commands;',
    'await vscode.env.openExternal(uri);',
    'await vscode.env.clipboard.writeText(text);',
    'vscode.languages.registerHoverProvider(selector, provider);',
    'vscode.tests.createTestController(id, label);',
    'vscode.somethingOfTomorrow(text);',
    'panel.title = name;',
    "panel['title'] = name;",
    'panel[`title`] = name;',
    'view.message = name;',
    'view.badge = { value: 1, tooltip: name };',
    'item.text += name;',
    'item.tooltip ??= name;',
    'quickPick.items = rows;',
    '[panel.title] = [name];',
    '({ name: panel.title } = run);',
    'Object.assign(panel, { title: name });',
    "Object.defineProperty(panel, 'title', { value: name });",
    "Reflect.set(panel, 'title', name);",
    'console.log(name);',
  ])('complains about: %s', (statement) => {
    expect(complaints(IMPORT + statement)).toContain(2);
  });

  it.each([
    "import { window } from 'vscode';",
    "import { window as own } from 'vscode';",
    "import * as editor from 'vscode';",
    "import editor from 'vscode';",
    "import editor = require('vscode');",
    "const editor = require('vscode');",
    "const editor = await import('vscode');",
    "export * from 'vscode';",
    "export { window } from 'vscode';",
  ])('complains about: %s', (statement) => {
    expect(complaints(statement)).not.toEqual([]);
  });

  it('lets through what shows nothing', () => {
    const code = `import type { Uri } from 'vscode';
      import type * as editor from 'vscode';
      ${IMPORT}
      class Own extends Base implements vscode.Disposable {
        readonly #changed = new vscode.EventEmitter<Uri>();
        readonly #title: string;
        constructor(panel: vscode.WebviewPanel, readonly label: string) {
          this.#title = panel.title;
        }
      }
      const folder = vscode.workspace.workspaceFolders?.[0]?.uri ?? vscode.Uri.file(path);
      const near = vscode.env.remoteName === undefined && folder instanceof vscode.Uri;
      await vscode.commands.executeCommand('setContext', key, vscode.env.language);
      const row = { label: name, title: folder.fsPath };
      const state: typeof vscode.TreeItemCollapsibleState | undefined = undefined;
    `;
    expect(complaints(code)).toEqual([]);
  });

  it('does so in all of the extension but the room whose work it is', async () => {
    const eslint = new ESLint({ cwd: join(import.meta.dirname, '../../../..') });
    const rulesOf = async (file: string): Promise<unknown> => {
      const { rules } = (await eslint.calculateConfigForFile(file)) as { rules: Record<string, unknown> };
      return rules['no-restricted-syntax'];
    };
    // "error".
    const whole = [2, ...editorSeam];
    for (const file of ['extension.ts', 'services/runner.ts', 'new/room/file.ts']) {
      expect(await rulesOf(`src/extension/${file}`)).toEqual(whole);
    }
    expect(await rulesOf('src/extension/ui/messages.ts')).toBeUndefined();
  });

  it('is switched off in no file', () => {
    const files = readdirSync('src/extension', { recursive: true, encoding: 'utf8' });
    const sources = files.filter((file) => file.endsWith('.ts'));
    expect(sources.length).toBeGreaterThan(50);
    for (const file of sources) {
      const text = readFileSync(join('src/extension', file), 'utf8');
      expect(text, file).not.toMatch(/eslint-disable(?![^\n]* no-control-regex)|@ts-nocheck/);
    }
  });
});
