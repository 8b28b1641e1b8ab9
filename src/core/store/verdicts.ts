/** The faults of a stored entry. Only a damaged entry may be deleted. */

/** This version wrote it, and its bytes have changed since. */
export class DamagedEntry extends Error {}

/** A file with an entry's name that another program or an unknown version wrote. */
export class ForeignEntry extends Error {}
