/** What the scripts of all pages do alike with errors that nobody has caught. */

import type { PageGuard } from './pageGuard';

/** Sends every uncaught error to the log, and to the page where it would stay blank otherwise. */
export function reportErrors(report: (error: unknown) => void, guard: PageGuard): void {
  const tell = (error: unknown): void => {
    guard.uncaught(error);
    report(error);
  };
  window.addEventListener('error', (event) => {
    tell(event.error ?? event.message);
  });
  window.addEventListener('unhandledrejection', (event) => {
    tell(event.reason);
  });
}

/** An error as the log wants it. */
export const errorText = (error: unknown): string =>
  error instanceof Error ? (error.stack ?? error.message) : String(error);
