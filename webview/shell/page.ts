/** What the scripts of all pages do alike: calls whose failure must be seen, and errors that belong in the log. */

/** Sends every uncaught error to the log. */
export function reportErrors(report: (error: unknown) => void): void {
  window.addEventListener('error', (event) => {
    report(event.error ?? event.message);
  });
  window.addEventListener('unhandledrejection', (event) => {
    report(event.reason);
  });
}

/** An error as the log wants it. */
export const errorText = (error: unknown): string =>
  error instanceof Error ? (error.stack ?? error.message) : String(error);
