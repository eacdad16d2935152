import { baselineBody, disqualifyBody } from '../bodies.ts';
import { groupModeration, moderationListing, runModeration } from '../moderation-answers.ts';
import { pageQuery } from '../queries.ts';
import { json, nothing, ok, optionalJson, route } from './route.ts';

/** Decisions about the ranking of groups and runs. */
export const moderationRoutes = [
  route('workflows:moderation', ['GET'], 'workflows/{workflowId}/moderation', {
    summary: 'The groups and runs of a workflow that are disqualified, withdrawn or baselines',
    action: 'workflow:list',
    function: 'runs',
    query: pageQuery,
    response: ok(moderationListing),
  }),
  route('groups:disqualify', ['PUT'], 'groups/{userGroupId}/disqualification', {
    summary: 'Disqualify a group: its runs are not ranked, and it starts no more',
    action: 'moderation:write',
    function: 'runs',
    body: json(disqualifyBody),
    response: ok(groupModeration),
  }),
  route('groups:readmit', ['DELETE'], 'groups/{userGroupId}/disqualification', {
    summary: 'Readmit a disqualified group',
    action: 'moderation:write',
    function: 'runs',
    response: nothing,
  }),
  route('runs:disqualify', ['PUT'], 'runs/{runId}/disqualification', {
    summary: 'Disqualify a run, which is not ranked any more',
    action: 'moderation:write',
    function: 'runs',
    body: json(disqualifyBody),
    response: ok(runModeration),
  }),
  route('runs:readmit', ['DELETE'], 'runs/{runId}/disqualification', {
    summary: 'Readmit a disqualified run',
    action: 'moderation:write',
    function: 'runs',
    response: nothing,
  }),
  route('runs:withdraw', ['PUT'], 'runs/{runId}/withdrawal', {
    summary: 'Withdraw a run of your group from the ranking',
    action: 'run:withdraw',
    function: 'runs',
    response: ok(runModeration),
  }),
  route('runs:return', ['DELETE'], 'runs/{runId}/withdrawal', {
    summary: 'Return a withdrawn run of your group to the ranking',
    action: 'run:withdraw',
    function: 'runs',
    response: nothing,
  }),
  route('runs:baseline', ['PUT'], 'runs/{runId}/baseline', {
    summary: 'Mark a run as a baseline, which the leaderboard shows without a rank',
    action: 'moderation:write',
    function: 'runs',
    body: optionalJson(baselineBody),
    response: ok(runModeration),
  }),
  route('runs:baseline:remove', ['DELETE'], 'runs/{runId}/baseline', {
    summary: 'Make a baseline an ordinary run again',
    action: 'moderation:write',
    function: 'runs',
    response: nothing,
  }),
] as const;
