/** How much is measured. */
export interface Sizes {
  /** Seconds of load on one route. */
  readonly loadSeconds: number;
  /** Requests before the load, so that the server's code is compiled. */
  readonly warmUpRequests: number;
  readonly rankedRuns: readonly [number, number, number];
  /** Rounds over the three leaderboards, one after the other. */
  readonly leaderboardRounds: number;
  /** Bytes of the two outputs; their memory is compared. */
  readonly transferBytes: readonly [number, number];
  readonly runsAlone: number;
  /** Cold starts of each function. */
  readonly coldStarts: number;
  readonly runsAtOnce: readonly [number, number];
}

/** The sizes that the targets are about. */
export const fullSizes: Sizes = {
  loadSeconds: 4,
  warmUpRequests: 1500,
  rankedRuns: [10, 1_000, 10_000],
  leaderboardRounds: 10,
  transferBytes: [50_000_000, 1_000_000_000],
  runsAlone: 9,
  coldStarts: 5,
  runsAtOnce: [20, 50],
};

/** Enough to see that every measurement works. The figures mean nothing. */
export const quickSizes: Sizes = {
  loadSeconds: 0.3,
  warmUpRequests: 20,
  rankedRuns: [10, 50, 200],
  leaderboardRounds: 2,
  transferBytes: [5_000_000, 20_000_000],
  runsAlone: 1,
  coldStarts: 1,
  runsAtOnce: [2, 4],
};
