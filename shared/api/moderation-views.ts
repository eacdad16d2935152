import type { Owner } from '../users/authorize.ts';
import type { Disqualification, Moderation } from '../workflows/moderation.ts';
import type { ApiRequest } from './operation.ts';
import type { OperationKey } from './routes.ts';

/** Whether a reader may read private reasons of organisers. */
export interface Reader {
  readonly isOrganiser: boolean;
}

/**
 * Who reads the decisions about a group, and about a run of it or its list of runs. Reads the role of the caller only if
 * there may be a private reason.
 *
 * @param group null for post-processing, about which no decision is made
 */
export async function readerOf(
  mayAlso: ApiRequest<OperationKey>['mayAlso'],
  group: (Owner & Moderation & { readonly hasModeration?: boolean | undefined }) | null,
  run?: Moderation,
): Promise<Reader> {
  if (!group) return { isOrganiser: false };
  const { workflowId } = group;
  const isPrivate = [group, run].some((decided) => decided?.disqualified?.visibility === 'private');
  const mayBe = isPrivate || (run === undefined && group.hasModeration === true);
  return { isOrganiser: mayBe && (await mayAlso('moderation:reasons', { workflowId })) };
}

/** The decisions about a group that apply. */
export const groupModerationView = (group: Pick<Moderation, 'disqualified'> | null, reader: Reader) =>
  moderationView({ disqualified: group?.disqualified }, reader);

const disqualificationView = ({ since, visibility, reason }: Disqualification, { isOrganiser }: Reader) => ({
  since,
  visibility,
  ...(visibility === 'public' || isOrganiser ? { reason } : {}),
});

/** The decisions about a run or a group that apply. */
export const moderationView = ({ disqualified, withdrawn, baseline }: Moderation, reader: Reader) => ({
  ...(disqualified ? { disqualified: disqualificationView(disqualified, reader) } : {}),
  ...(withdrawn ? { withdrawn: { since: withdrawn.since } } : {}),
  ...(baseline
    ? {
        baseline: {
          since: baseline.since,
          ...(baseline.label === undefined ? {} : { label: baseline.label }),
        },
      }
    : {}),
});

/** Why a run is not ranked by a decision about it or its group; undefined if none excludes it. */
export function reasonOfModeration(
  { disqualified, withdrawn, baseline }: Moderation,
  group: Moderation,
  reader: Reader,
): string | undefined {
  if (group.disqualified) return withReason('the group is disqualified', group.disqualified, reader);
  if (disqualified) return withReason('disqualified', disqualified, reader);
  if (withdrawn) return 'withdrawn by the group';
  return baseline ? 'a baseline, which the leaderboard shows without a rank' : undefined;
}

function withReason(text: string, disqualification: Disqualification, reader: Reader): string {
  const { reason } = disqualificationView(disqualification, reader);
  return reason === undefined ? text : `${text}: ${reason}`;
}
