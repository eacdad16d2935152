import { askToJoin, decideOn, listParticipants, readParticipant } from '../../participants/approval.ts';
import { acceptRules, listAcceptances, readAcceptance, requireRules } from '../../participants/rules.ts';
import type { Services } from '../../services/services.ts';
import { namesOf } from '../../users/accounts.ts';
import { findUser } from '../../users/user.ts';
import { readVersion } from '../../workflows/version.ts';
import { findWorkflow } from '../../workflows/workflow.ts';
import { loggedIn, operation } from '../operation.ts';
import { ok } from '../operation-result.ts';
import { participantView } from '../participant-views.ts';
import { pageOf, userView } from '../views.ts';
import { ownWorkflow } from './own-workflow.ts';

/** Taking part in a benchmark: its rules, and the approval of users by organisers. */
export const participantOperations = [
  operation('rules:get', async ({ services, caller, param }) => {
    const { workflowId, participation } = await benchmark(services, param('workflowId'));
    const rules = requireRules(participation, workflowId);
    const accepted = caller && (await readAcceptance(services, workflowId, caller.id, rules));
    return ok({ ...rules, ...(accepted ? { acceptedAt: accepted.at } : {}) });
  }),

  operation('rules:accept', async ({ services, caller, param, body }) => {
    const { workflowId, participation } = await benchmark(services, param('workflowId'));
    const rules = requireRules(participation, workflowId);
    const { at } = await acceptRules(services, workflowId, loggedIn(caller).id, rules, body.version);
    return ok({ version: rules.version, acceptedAt: at });
  }),

  operation('rules:accepted', async (request) => {
    const { services, query } = request;
    const { id } = await ownWorkflow(request);
    const page = await listAcceptances(services, id, query);
    const names = await namesOf(
      services,
      page.entries.map(({ userId }) => userId),
    );
    return pageOf('accepted', page, ({ userId, version, at }) => ({
      ...userView({ id: userId, name: names(userId) }),
      version,
      acceptedAt: at,
    }));
  }),

  operation('participation:get', async ({ services, caller, param }) => {
    const { workflowId, participation } = await benchmark(services, param('workflowId'));
    return ok(await ownParticipation(services, workflowId, participation, loggedIn(caller).id));
  }),

  operation('participation:ask', async ({ services, caller, param }) => {
    const { workflowId, participation } = await benchmark(services, param('workflowId'));
    const { id } = loggedIn(caller);
    if (participation.approval) await askToJoin(services, workflowId, id);
    return ok(await ownParticipation(services, workflowId, participation, id));
  }),

  operation('participants:list', async (request) => {
    const { services, query } = request;
    const { id } = await ownWorkflow(request);
    const page = await listParticipants(services, id, query.state, query);
    const names = await namesOf(
      services,
      page.entries.map((one) => one.id),
    );
    return pageOf('participants', page, (one) => participantView(one, names(one.id)));
  }),

  operation('participants:decide', async (request) => {
    const { services, caller, param, body } = request;
    const { id } = await ownWorkflow(request);
    const user = await findUser(services, param('userId'));
    const decision = { user, state: body.state, reason: body.reason ?? undefined };
    return ok(participantView(await decideOn(services, loggedIn(caller), id, decision), user.name));
  }),
];

/** The workflow in the path with what its current version says about taking part. @throws FlowservError 404 */
async function benchmark(services: Services, id: string) {
  const workflow = await findWorkflow(services, id);
  const { participation } = await readVersion(services, workflow.id, workflow.version);
  return { workflowId: workflow.id, participation };
}

/** What a user needs to take part in a benchmark, and has. */
async function ownParticipation(
  services: Services,
  workflowId: string,
  { approval, rules, invitations }: Awaited<ReturnType<typeof benchmark>>['participation'],
  userId: string,
) {
  const participant = approval ? await readParticipant(services, workflowId, userId) : undefined;
  const accepted = rules ? await readAcceptance(services, workflowId, userId, rules) : undefined;
  const { state = 'none', reason } = participant ?? {};
  return {
    invitations,
    approval: approval
      ? { required: true, state, ...(reason === undefined ? {} : { reason }) }
      : { required: false },
    ...(rules ? { rules: { version: rules.version, ...(accepted ? { acceptedAt: accepted.at } : {}) } } : {}),
  };
}
