/** Opens the guide: a page of the extension that explains every symbol and chart. */
import * as vscode from 'vscode';
import { headingOf } from './guideHeadings';

/** Opens the guide at a topic, or at its beginning where the topic has no place in it. */
export async function openGuide(extensionUri: vscode.Uri, topic = ''): Promise<void> {
  const guide = vscode.Uri.joinPath(extensionUri, 'media', 'guide', 'guide.md');
  const text = Buffer.from(await vscode.workspace.fs.readFile(guide)).toString();
  const fragment = headingOf(text, topic);
  await vscode.commands.executeCommand('markdown.showPreview', guide.with({ fragment }));
}
