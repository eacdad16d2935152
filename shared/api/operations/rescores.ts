import { invalid, unknownObject } from '../../errors.ts';
import { createRescore } from '../../rescoring/create.ts';
import {
  findRescore,
  listRescoredRuns,
  listRescores,
  type RescoredRun,
  type RescoreRequest,
} from '../../rescoring/request.ts';
import { repeatableRequest } from '../../store/repeatable.ts';
import { loggedIn, operation } from '../operation.ts';
import { created, ok } from '../operation-result.ts';
import type { Rescore } from '../rescore-answers.ts';
import { pageOf, userView } from '../views.ts';
import { type OnWorkflow, ownWorkflow } from './own-workflow.ts';

/** Scoring runs of a workflow again by its current version. */
export const rescoreOperations = [
  operation('rescores:list', async (request) => {
    const { id: workflowId } = await ownWorkflow(request);
    return pageOf('rescores', await listRescores(request.services, workflowId, request.query), rescoreView);
  }),

  operation('rescores:create', async (request) => {
    const { id: workflowId } = await ownWorkflow(request);
    const { services, caller, headers, body } = request;
    const { runs, ranked, all } = body;
    if ([runs !== undefined, ranked, all].filter(Boolean).length !== 1) {
      throw invalid('request.body', "give exactly one of 'runs', 'ranked' and 'all'");
    }
    const user = loggedIn(caller);
    const repeatable = repeatableRequest(headers['idempotency-key'], ['rescore', user.id, workflowId], body);
    const scope = runs ? 'runs' : ranked ? 'ranked' : 'all';
    const wanted = { workflowId, scope, runIds: runs ?? [] } as const;
    return created(rescoreView(await createRescore(services, user, wanted, repeatable)));
  }),

  operation('rescores:get', async (request) => {
    const { services, query } = request;
    const found = await findOwnRescore(request);
    const page = await listRescoredRuns(services, found, query);
    const { nextCursor } = page;
    return ok({
      ...rescoreView(found),
      runs: page.entries.map((run) => rescoredRunView(run, found)),
      ...(nextCursor === undefined ? {} : { nextCursor }),
    });
  }),
];

/** Numbers of requests, as they are part of keys. */
const NUMBER = /^[1-9]\d{0,4}$/;

/** @throws FlowservError 404, 403 */
export async function findOwnRescore(request: OnWorkflow): Promise<RescoreRequest> {
  const { id: workflowId } = await ownWorkflow(request);
  const id = request.param('rescoreId');
  if (!NUMBER.test(id)) throw unknownObject('rescore', id);
  return findRescore(request.services, workflowId, Number(id));
}

export function rescoreView(request: RescoreRequest): Rescore {
  const { number, createdAt, user, scope, total, done, failed, active, finishedAt } = request;
  return {
    id: String(number),
    createdAt,
    user: userView(user),
    scope,
    state: stateOf(request),
    ...{ total, active: active.length, done, failed },
    ...(finishedAt === undefined ? {} : { finishedAt }),
  };
}

function stateOf({ canceled, finishedAt, listing }: RescoreRequest): Rescore['state'] {
  if (canceled) return 'canceled';
  if (finishedAt !== undefined) return 'done';
  return listing === undefined ? 'running' : 'listing';
}

const rescoredRunView = (
  { runId, groupId, state, by, reason }: RescoredRun,
  { canceled }: Pick<RescoreRequest, 'canceled'>,
) => ({
  id: runId,
  groupId,
  state: canceled && state === 'waiting' ? ('canceled' as const) : state,
  ...(by === undefined ? {} : { rescoredBy: by }),
  ...(reason === undefined ? {} : { reason }),
});
