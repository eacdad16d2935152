/** Values that clients send for no filter (flowServ HTTP API, runs). */
const NO_FILTER: readonly string[] = ['', 'None', 'null', 'undefined', '{state}'];

/** The state by which a request filters a list of runs; undefined for all. */
export const stateFilter = (state: string | undefined): string | undefined =>
  state === undefined || NO_FILTER.includes(state) ? undefined : state;
