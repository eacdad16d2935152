import type { GroupLimits } from '../../shared/api/contest-answers.ts';

type Limit = GroupLimits['limits'][number];

/** What each limit counts. */
const LIMIT_NAMES: Readonly<Record<Limit['name'], string>> = {
  runsPerDay: 'runs per day (UTC)',
  runs: 'runs in all',
  runsAtOnce: 'active runs',
  maxGroupMembers: 'members of the group',
  groupsPerUser: 'groups of yours',
  uploadBytes: 'bytes of uploads',
};

/** What a limit counts, and in which phase. */
export const limitName = ({ name, phase }: Pick<Limit, 'name' | 'phase'>): string =>
  phase === undefined ? LIMIT_NAMES[name] : `${LIMIT_NAMES[name]} in phase ${phase}`;

/** What is left of runs, as one line; undefined if the benchmark does not limit them. */
export function runsLeft({ limits }: GroupLimits): string | undefined {
  const texts = limits.flatMap(({ name, phase, left, limit, renewsAt }) => {
    const where = phase === undefined ? '' : ` of phase ${phase}`;
    if (name === 'runsPerDay') return [`${left} of ${limit} runs${where} until ${renewsAt}`];
    return name === 'runs' ? [`${left} of ${limit} runs${where} in all`] : [];
  });
  return texts.length === 0 ? undefined : `left to the group: ${texts.join(', ')}`;
}
