import type { RankingRules } from '../template/contest.ts';
import type { WorkflowVersion } from '../workflows/version.ts';
import type { MeanRank } from './mean-ranks.ts';
import type { OrderColumn } from './order.ts';

/** How a leaderboard is made. */
export interface LeaderboardRules {
  /** Number of the version whose rules these are. */
  readonly version: number;
  /** The leaderboard whose results are ranked, by the number of its first version. */
  readonly rankedSince: number;
  /** By default the order that the template declares; empty when it has no result schema. */
  readonly order: readonly OrderColumn[];
  /** Id of the first phase of the contest, to which results without a phase belong; absent without phases. */
  readonly firstPhase?: string | undefined;
  /** Of the contest, if it has some: then entries have ranks. */
  readonly ranking?: RankingRules | undefined;
  /** Columns whose values are mean ranks; absent if there are none. */
  readonly meanRanks?: readonly MeanRank[];
}

/** The rules of the default leaderboard. */
export function rulesOf({
  number,
  rankedSince,
  template,
  contest,
}: Pick<WorkflowVersion, 'number' | 'rankedSince' | 'template' | 'contest'>): LeaderboardRules {
  const order = (template.results?.orderBy ?? []).map(({ name, sortDesc }) => ({
    name,
    descending: sortDesc,
  }));
  const meanRanks = (template.results?.columns ?? []).flatMap(({ name, compute }): MeanRank[] => {
    if (compute?.meanRank === undefined) return [];
    const of = compute.meanRank.map(
      (source) => order.find((column) => column.name === source) ?? { name: source, descending: true },
    );
    return [{ name, of }];
  });
  return {
    version: number,
    rankedSince,
    order,
    ranking: contest?.ranking,
    ...(contest?.phases === undefined ? {} : { firstPhase: contest.phases[0]?.id }),
    ...(meanRanks.length === 0 ? {} : { meanRanks }),
  };
}
