/** Which runs a request is for: those that it names, all that are ranked, or all that ended. */
export const rescoreScopes = ['runs', 'ranked', 'all'] as const;
export type RescoreScope = (typeof rescoreScopes)[number];

/** Maximum number of runs that a request names: each takes one of the 100 writes of a transaction. */
export const MAX_NAMED_RUNS = 90;
