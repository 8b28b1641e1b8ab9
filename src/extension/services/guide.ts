/** The guide: what every symbol and chart means, as a page that comes with the extension. */
import * as vscode from 'vscode';
import { headingOf } from './guideHeadings';

/** Opens the guide at the place of a topic, or at its beginning where it has none. */
export async function openGuide(extensionUri: vscode.Uri, topic = ''): Promise<void> {
  const guide = vscode.Uri.joinPath(extensionUri, 'media', 'guide', 'guide.md');
  const text = Buffer.from(await vscode.workspace.fs.readFile(guide)).toString();
  const fragment = headingOf(text, topic);
  await vscode.commands.executeCommand('markdown.showPreview', guide.with({ fragment }));
}
