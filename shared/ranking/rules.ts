import type { RankingRules } from '../template/contest.ts';
import type { WorkflowVersion } from '../workflows/version.ts';
import type { OrderColumn } from './order.ts';

/** How a leaderboard is made. */
export interface LeaderboardRules {
  /** By default the order that the template declares; empty when it has no result schema. */
  readonly order: readonly OrderColumn[];
  /** Of the contest, if it has some: then entries have ranks. */
  readonly ranking?: RankingRules | undefined;
}

/** The rules of the default leaderboard. */
export const rulesOf = ({
  template,
  contest,
}: Pick<WorkflowVersion, 'template' | 'contest'>): LeaderboardRules => ({
  order: (template.results?.orderBy ?? []).map(({ name, sortDesc }) => ({ name, descending: sortDesc })),
  ranking: contest?.ranking,
});
