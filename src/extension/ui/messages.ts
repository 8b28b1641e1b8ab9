/** Messages to the user. */
import * as vscode from 'vscode';
import { MESSAGE_LENGTH, plain } from './plain';

const SHOW = {
  information: vscode.window.showInformationMessage,
  warning: vscode.window.showWarningMessage,
  error: vscode.window.showErrorMessage,
} as const;

/** Shows a notification. @returns the button that was pressed, if any. */
export async function tell(
  severity: keyof typeof SHOW,
  message: string,
  ...buttons: string[]
): Promise<string | undefined> {
  const shown = buttons.map((button) => plain(button));
  const pressed = await SHOW[severity](plain(message, MESSAGE_LENGTH), ...shown);
  return pressed === undefined ? undefined : buttons[shown.indexOf(pressed)];
}

/** Asks before something that cannot be undone. @returns whether the user wants it. */
export async function confirm({
  message,
  detail,
  button,
}: {
  message: string;
  detail: string;
  button: string;
}): Promise<boolean> {
  const shown = plain(button);
  const options = { modal: true, detail: plain(detail, MESSAGE_LENGTH) };
  return (await vscode.window.showWarningMessage(plain(message, MESSAGE_LENGTH), options, shown)) === shown;
}
