import type { GroupLimits } from '../../shared/api/contest-answers.ts';

type Limit = GroupLimits['limits'][number];

/** What each limit counts. */
export const LIMIT_NAMES: Readonly<Record<Limit['name'], string>> = {
  runsPerDay: 'runs per day (UTC)',
  runs: 'runs in all',
  runsAtOnce: 'active runs',
  maxGroupMembers: 'members of the group',
  groupsPerUser: 'groups of yours',
  uploadBytes: 'bytes of uploads',
};

/** What is left of runs, as one line; undefined if the benchmark does not limit them. */
export function runsLeft({ limits }: GroupLimits): string | undefined {
  const texts = limits.flatMap(({ name, left, limit, renewsAt }) => {
    if (name === 'runsPerDay') return [`${left} of ${limit} runs until ${renewsAt}`];
    return name === 'runs' ? [`${left} of ${limit} runs in all`] : [];
  });
  return texts.length === 0 ? undefined : `left to the group: ${texts.join(', ')}`;
}
