/** Progress of long operations. */
import * as vscode from 'vscode';
import { MESSAGE_LENGTH, plain } from './plain';

export interface Progress {
  /** @param increment percent since the last report. */
  report(message: string, increment: number): void;
  onCancel(listener: () => void): void;
}

/** Shows a notification that can be canceled, for as long as `work` takes. */
export async function withProgress<T>(title: string, work: (progress: Progress) => Promise<T>): Promise<T> {
  const options = {
    location: vscode.ProgressLocation.Notification,
    title: plain(title, MESSAGE_LENGTH),
    cancellable: true,
  };
  return vscode.window.withProgress(options, (progress, cancellation) =>
    work({
      report: (message, increment) => {
        progress.report({ message: plain(message, MESSAGE_LENGTH), increment });
      },
      onCancel: (listener) => {
        cancellation.onCancellationRequested(listener);
      },
    }),
  );
}

/** Shows the bar of a view until `finished` settles. */
export async function withViewProgress(viewId: string, finished: Promise<void>): Promise<void> {
  await vscode.window.withProgress({ location: { viewId } }, () => finished);
}
