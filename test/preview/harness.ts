/** Stands in for VS Code while developing: theme variables, the webview API, and hosts that answer with fixtures. */
import type { Channel } from '../../src/protocol/rpc';
import { dropped, explained, opened, saved } from './common';
import { compareHost } from './compareHost';
import { inspectHost } from './inspectHost';
import { dashboardHost, reportData, runsHost } from './runsHost';
import { spectrumHost } from './spectrumHost';
import themes from './themes.json';

const query = new URLSearchParams(location.search);

/** Puts the page into one of the editor's default themes, as VS Code does. */
function setTheme(name: string): void {
  const theme = themes[name as keyof typeof themes];
  for (const [variable, value] of Object.entries(theme.variables))
    document.documentElement.style.setProperty(variable, value);
  document.body.className = theme.kind;
  document.body.dataset['vscodeThemeKind'] = theme.kind;
}

/** Views in the side panel are transparent; behind them is the side bar. */
if (query.get('page') === 'dashboard')
  document.documentElement.style.background = 'var(--vscode-sideBar-background)';

const toHost = new EventTarget();
const channel: Channel = {
  post: (message) => {
    window.postMessage(message);
  },
  listen: (receive) => {
    const listener = (event: Event): void => {
      receive((event as CustomEvent<unknown>).detail);
    };
    toHost.addEventListener('message', listener);
    return () => {
      toHost.removeEventListener('message', listener);
    };
  },
};

const scenario = query.get('scenario') ?? 'one';
const page = query.get('page') ?? 'spectrum';

function host(): unknown {
  if (page === 'dashboard') return dashboardHost(channel, scenario);
  if (page === 'trends' || page === 'emergence') return runsHost(channel, page, scenario);
  if (page === 'compare') return compareHost(channel, scenario);
  if (page === 'inspect') return inspectHost(channel, scenario);
  return spectrumHost(channel, scenario);
}

if (page === 'report') {
  document.body.append(reportData(scenario));
} else {
  setTheme(query.get('theme') ?? 'dark');
  let kept: unknown;
  Object.assign(globalThis, {
    acquireVsCodeApi: () => ({
      postMessage: (message: unknown) => {
        // As between processes: what arrives is a copy.
        toHost.dispatchEvent(new CustomEvent('message', { detail: structuredClone(message) }));
      },
      getState: () => kept,
      setState: (state: unknown) => {
        kept = state;
      },
    }),
    preview: { setTheme, saved, dropped, explained, opened, host: host() },
  });
}
