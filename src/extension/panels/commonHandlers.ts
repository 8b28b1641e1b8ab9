/** The methods that every page can call. */
import type { Log } from '../services/analyses';

/** A page's reports go to the log; longer ones are cut. */
const MAX_REPORT_LENGTH = 10_000;

export interface CommonServices {
  log: Log & { show(): void };
  openSettings: () => void;
  /** Opens the guide at a topic. */
  explain: (topic: string) => void;
}

/** @param name the page's name, for the log. */
export function commonHandlers(
  name: string,
  { log, openSettings, explain }: CommonServices,
): {
  showLog: () => null;
  openSettings: () => null;
  explain: (params: { topic: string }) => null;
  report: (params: { message: string }) => null;
} {
  return {
    showLog: () => {
      log.show();
      return null;
    },
    openSettings: () => {
      openSettings();
      return null;
    },
    explain: ({ topic }) => {
      explain(topic);
      return null;
    },
    report: ({ message }) => {
      log.error(`In ${name}: ${message.slice(0, MAX_REPORT_LENGTH)}`);
      return null;
    },
  };
}
