/** The clipboard. */
import * as vscode from 'vscode';

/** Copies text unchanged: it goes to other programs, not to the editor. */
export const copyText = (text: string): Thenable<void> => vscode.env.clipboard.writeText(text);
