/** What may be wrong with a stored entry. Only damage allows to delete it; everything else says nothing about it. */

/** It is ours, of this version, and not what was written. */
export class DamagedEntry extends Error {}

/** A file of an entry's name that is none of ours, or of a version that is not known here. */
export class ForeignEntry extends Error {}
