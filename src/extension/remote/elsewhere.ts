/** Locations that are no paths of this machine. */
import type { Location } from '../../protocol/subject';

export const isElsewhere = (location: Location): boolean => /^[a-z][a-z0-9+.-]+:\/\//i.test(location);
