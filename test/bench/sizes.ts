import { type FunctionName, functionNames } from '../../infra/functions.ts';

/** Sizes of the measurements. */
export interface Sizes {
  /** Seconds of load on one route. */
  readonly loadSeconds: number;
  /** Requests before the load, so that the server's code is compiled. */
  readonly warmUpRequests: number;
  readonly rankedRuns: readonly [number, number, number];
  /** Requests to one leaderboard in one turn. */
  readonly leaderboardTurn: number;
  /** Rounds over the three leaderboards, one after the other. */
  readonly leaderboardRounds: number;
  /** Bytes of the two outputs; their memory is compared. */
  readonly transferBytes: readonly [number, number];
  readonly runsAlone: number;
  /** Number of runs, of which the one with the fewest calls is used. */
  readonly countedRuns: number;
  /** The functions that are started. */
  readonly startedFunctions: readonly FunctionName[];
  /** Cold starts of each function. */
  readonly coldStarts: number;
  readonly runsAtOnce: readonly [number, number];
  /** Duration of the runs that clients follow. */
  readonly followedSeconds: number;
}

/** The sizes to which the targets apply. */
export const fullSizes: Sizes = {
  loadSeconds: 4,
  warmUpRequests: 1500,
  rankedRuns: [10, 1_000, 10_000],
  leaderboardTurn: 100,
  leaderboardRounds: 10,
  transferBytes: [50_000_000, 1_000_000_000],
  runsAlone: 9,
  countedRuns: 3,
  startedFunctions: functionNames,
  coldStarts: 5,
  runsAtOnce: [20, 50],
  followedSeconds: 60,
};

/** Enough to show that every measurement works. The figures mean nothing. */
export const quickSizes: Sizes = {
  loadSeconds: 0.1,
  warmUpRequests: 8,
  rankedRuns: [10, 20, 110],
  leaderboardTurn: 8,
  leaderboardRounds: 1,
  transferBytes: [1_000_000, 6_000_000],
  runsAlone: 1,
  countedRuns: 1,
  startedFunctions: ['api'],
  coldStarts: 1,
  runsAtOnce: [1, 2],
  followedSeconds: 1,
};
