/** The panel's end of the message channel to the extension host. */
import type { Channel } from '../../src/protocol/rpc';

interface VsCodeApi {
  postMessage(message: unknown): void;
  getState(): unknown;
  setState(state: unknown): void;
}

declare function acquireVsCodeApi(): VsCodeApi;

/** How this page's subject was looked at last, in whatever panel: what a panel that is opened anew begins with. */
function lastView(): unknown {
  const { view } = document.getElementById('app')?.dataset ?? {};
  return view ? (JSON.parse(view) as unknown) : undefined;
}

/** May be called once per page. */
export function connect(): { channel: Channel; setState: (state: unknown) => void; getState: () => unknown } {
  const api = acquireVsCodeApi();
  return {
    channel: {
      post: (message) => {
        api.postMessage(message);
      },
      listen: (receive) => {
        const listener = (event: MessageEvent): void => {
          receive(event.data);
        };
        window.addEventListener('message', listener);
        return () => {
          window.removeEventListener('message', listener);
        };
      },
    },
    setState: (state) => {
      api.setState(state);
    },
    getState: () => api.getState() ?? lastView(),
  };
}
