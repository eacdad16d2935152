import { disqualifyGroup, readmitGroup } from '../../groups/disqualify.ts';
import { findGroup } from '../../groups/group.ts';
import {
  disqualifyRun,
  markBaseline,
  readmitRun,
  setWithdrawn,
  unmarkBaseline,
} from '../../runs/moderate.ts';
import { keys } from '../../store/keys.ts';
import { readPage } from '../../store/paging.ts';
import { moderationCodec } from '../../workflows/moderation.ts';
import { moderationView } from '../moderation-views.ts';
import { loggedIn, operation } from '../operation.ts';
import { nothing, ok } from '../operation-result.ts';
import { pageOf } from '../views.ts';
import { ownWorkflow } from './own-workflow.ts';
import { findOwnRun } from './runs.ts';

const organiser = { isOrganiser: true };

/** Decisions about the ranking of groups and runs. */
export const moderationOperations = [
  operation('workflows:moderation', async (request) => {
    const { services, mayAlso, query } = request;
    const { id } = await ownWorkflow(request);
    const reader = { isOrganiser: await mayAlso('moderation:reasons', { workflowId: id }) };
    // What was undone leaves an item without a decision.
    const filter = {
      expression:
        'attribute_exists(#disqualified) OR attribute_exists(#withdrawn) OR attribute_exists(#baseline)',
    };
    const page = await readPage(services.table, keys.moderations(id), moderationCodec.read, query, {
      filter,
    });
    return pageOf('entries', page, ({ groupId, runId, ...decided }) => ({
      group: { id: groupId },
      ...(runId === undefined ? {} : { run: { id: runId } }),
      ...moderationView(decided, reader),
    }));
  }),

  operation('groups:disqualify', async ({ services, caller, authorize, param, body }) => {
    const group = await findGroup(services, param('userGroupId'));
    await authorize(group);
    const disqualified = await disqualifyGroup(services, loggedIn(caller), group, body);
    return ok(moderationView({ disqualified }, organiser));
  }),

  operation('groups:readmit', async ({ services, caller, authorize, param }) => {
    const group = await findGroup(services, param('userGroupId'));
    await authorize(group);
    await readmitGroup(services, loggedIn(caller), group);
    return nothing;
  }),

  operation('runs:disqualify', async (request) => {
    const { services, caller, body } = request;
    const found = await findOwnRun(request);
    return ok(moderationView(await disqualifyRun(services, loggedIn(caller), found, body), organiser));
  }),

  operation('runs:readmit', async (request) => {
    await readmitRun(request.services, loggedIn(request.caller), await findOwnRun(request));
    return nothing;
  }),

  operation('runs:withdraw', async (request) => {
    const found = await findOwnRun(request);
    // No run that can be withdrawn is disqualified, so the response contains no reason.
    return ok(moderationView(await setWithdrawn(request.services, found, true), { isOrganiser: false }));
  }),

  operation('runs:return', async (request) => {
    await setWithdrawn(request.services, await findOwnRun(request), false);
    return nothing;
  }),

  operation('runs:baseline', async (request) => {
    const { services, caller, body } = request;
    const found = await findOwnRun(request);
    const label = body.label ?? undefined;
    return ok(moderationView(await markBaseline(services, loggedIn(caller), found, label), organiser));
  }),

  operation('runs:baseline:remove', async (request) => {
    await unmarkBaseline(request.services, loggedIn(request.caller), await findOwnRun(request));
    return nothing;
  }),
];
