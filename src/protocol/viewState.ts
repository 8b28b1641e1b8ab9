/** How a reader looked at a page last: panels that are opened anew begin with it. */
import * as v from 'valibot';

export const viewMethods = {
  /** Remembers how the page is looked at now. Its content is the page's own. */
  remember: { params: v.object({ view: v.record(v.string(), v.unknown()) }), result: v.null() },
} as const;
