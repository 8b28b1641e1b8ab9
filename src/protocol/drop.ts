/** Files that are dropped on a page. */
import * as v from 'valibot';

/** More than anyone drags. */
const MOST = 1000;

export const dropSchema = v.object({
  /** As the editor writes the addresses of files. */
  uris: v.pipe(v.array(v.string()), v.maxLength(MOST)),
  /** Whether rows of the list of training runs are dropped: which ones, only the extension host knows. */
  fromTree: v.boolean(),
});
export type Drop = v.InferOutput<typeof dropSchema>;
