/** Files that are dropped onto a page. */
import * as v from 'valibot';

/** More than anyone drags. */
const MAX = 1000;

export const dropSchema = v.object({
  /** Addresses of files in the editor's form. */
  uris: v.pipe(v.array(v.string()), v.maxLength(MAX)),
  /** Whether rows of the list of training runs are dropped: only the extension host knows which. */
  fromTree: v.boolean(),
});
export type Drop = v.InferOutput<typeof dropSchema>;
