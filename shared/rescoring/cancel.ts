import { FlowservError, invalid } from '../errors.ts';
import { type Actor, auditWrite } from '../roles/audit.ts';
import { cancelRun } from '../runs/cancel.ts';
import { readAnyRun } from '../runs/run.ts';
import { isActive } from '../runs/state.ts';
import type { Services } from '../services/services.ts';
import { conditionally } from '../store/conditional.ts';
import { keys } from '../store/keys.ts';
import { findRescore, type RescoreRequest, unchanged } from './request.ts';

const REASON = 'the request to score runs again was canceled';

/**
 * Cancels a request: no further run is started, and those that are active are canceled. What was ranked stays. May be
 * repeated after an interruption.
 *
 * @throws FlowservError 400 if it is finished
 */
export async function cancelRescore(
  services: Services,
  actor: Exclude<Actor, 'operator'>,
  request: RescoreRequest,
): Promise<RescoreRequest> {
  const { table } = services;
  const { workflowId, number } = request;
  if (request.finishedAt !== undefined) throw invalid('rescore.finished', `request ${number} is finished`);
  if (!request.canceled) {
    const change = { set: { canceled: true }, add: { revision: 1 } };
    const marked = await conditionally(
      table.transact([
        table.write.update(keys.rescore(workflowId, number), change, unchanged(request)),
        auditWrite(services, workflowId, {
          actor,
          action: 'rescore.cancel',
          object: { type: 'rescore', id: String(number) },
        }),
      ]),
    );
    const current = await findRescore(services, workflowId, number);
    // The request changed since it was read: look at it again.
    return marked ? cancelRuns(services, current) : cancelRescore(services, actor, current);
  }
  return cancelRuns(services, request);
}

async function cancelRuns(services: Services, request: RescoreRequest): Promise<RescoreRequest> {
  for (const { by } of request.active) {
    const run = await readAnyRun(services, by);
    if (!run || run.deleting || !isActive(run.state)) continue;
    try {
      await cancelRun(services, run, REASON);
    } catch (error) {
      // The run ended by itself in between.
      if (!(error instanceof FlowservError)) throw error;
    }
  }
  await services.messages.rescore(request.workflowId, request.number);
  return request;
}
