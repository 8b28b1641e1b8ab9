/** Starts every page: connects to the extension host, asks what to show, and shows faults. */
import type { Handlers, Method, MethodMap, Params } from '../../src/protocol/rpc';
import { Peer } from '../../src/protocol/rpc';
import { pageFault } from '../components/pageFault';
import { connect } from './connection';
import { LastView } from './lastView';
import { PageGuard } from './pageGuard';
import { PointerPress } from './pointerPress';

/** Methods that the extension host has for every page. */
type HostMethods = MethodMap & Record<'ready' | 'report' | 'showLog', Method>;
type PageMethods = MethodMap & Record<'show', Method>;

/** The extension host as a page sees it. */
export interface Host<Methods extends MethodMap> {
  call: Peer<MethodMap, Methods>['call'];
  /** A call whose answer does not matter, but whose failure does: the page shows it. */
  tell: <K extends keyof Methods & string>(method: K, params: Params<Methods[K]>) => void;
  /** Writes an error to the log. */
  report: (error: unknown) => void;
  showLog: () => void;
  /** Stores what the page remembers while it is hidden, and after the editor is restarted. */
  setState: (state: unknown) => void;
  getState: () => unknown;
}

/** Draws what the extension host sends: has each of the page's methods, and one for failures of calls. */
export type PageView<Methods extends MethodMap> = {
  [K in keyof Methods]: (params: Params<Methods[K]>) => void;
} & { fail: (error: unknown) => void };

/** @param make builds the page in `root`; the model arrives as the first call of `show`. */
export function startPage<Page extends PageMethods, Remote extends HostMethods>(
  pageMethods: Page,
  hostMethods: Remote,
  make: (host: Host<Remote>, root: HTMLElement) => PageView<Page>,
): void {
  const { channel, setState, getState } = connect();
  const tell: Host<Remote>['tell'] = (method, params) => {
    peer.call(method, params).catch((error: unknown) => {
      view.fail(error);
    });
  };
  const report = (error: unknown): void => {
    const message = error instanceof Error ? (error.stack ?? error.message) : String(error);
    // Where even the log cannot be reached, there is nowhere else to report to.
    peer.call('report', { message } as Params<Remote['report']>).catch(() => undefined);
  };
  const showLog = (): void => {
    tell('showLog', null as Params<Remote['showLog']>);
  };
  const start = (): void => {
    peer
      .call('ready', null as Params<Remote['ready']>)
      .then((model) => handlers['show']!(model as never))
      .catch((error: unknown) => {
        guard.fail(error);
        report(error);
      });
  };
  const guard = new PageGuard(pageFault({ retry: start, showLog }));
  const pointer = new PointerPress();
  // One for each method of the page, which the compiler cannot see.
  const handlers = Object.fromEntries(
    Object.keys(pageMethods).map((method) => {
      const draw = (params: never): void => {
        view[method]!(params);
      };
      const guarded = method === 'show' ? guard.whole(draw) : guard.part(draw);
      return [method, (params: never) => pointer.after(() => guarded(params))];
    }),
  );
  const peer = new Peer(
    channel,
    pageMethods,
    handlers as unknown as Handlers<Page>,
    hostMethods,
    (cause, method) => {
      guard.refused(cause, method);
      report(cause);
    },
  );
  const uncaught = (error: unknown): void => {
    guard.uncaught(error);
    report(error);
  };
  window.addEventListener('error', (event) => {
    uncaught(event.error ?? event.message);
  });
  window.addEventListener('unhandledrejection', (event) => {
    uncaught(event.reason);
  });
  const call: Host<Remote>['call'] = (method, params, options) => peer.call(method, params, options);
  // Only pages that store a state get here, and their hosts have the method. Without an answer, a panel begins afresh.
  const last = new LastView(getState(), (looked) => {
    peer.call('remember', { view: looked } as Params<Remote['remember']>).catch(() => undefined);
  });
  const view = make(
    {
      ...{ call, tell, report, showLog, getState },
      setState: (state) => {
        setState(state);
        last.changed(state);
      },
    },
    document.getElementById('app') ?? document.body,
  );
  start();
}
