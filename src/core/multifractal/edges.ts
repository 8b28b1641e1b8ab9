/** Which edges and neurons count (method §3). */

/** A source is a node of the network only with MORE than this many edges. */
export const MIN_EDGES = 10;

/** Largest edge length of the reference's stand-alone fractal dimension of a neuron. */
export const NFD_THRESHOLD = 200;

export const NFD_RULE = `slope of ln N on ln r over a neuron's own radii, edges with 0 < d ≤ ${NFD_THRESHOLD}`;
