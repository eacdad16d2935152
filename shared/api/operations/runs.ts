import { findGroup, type Group } from '../../groups/group.ts';
import { cancelRun } from '../../runs/cancel.ts';
import { listRuns } from '../../runs/list.ts';
import { removeRun } from '../../runs/remove.ts';
import { findRun, type Run } from '../../runs/run.ts';
import { startRun } from '../../runs/start.ts';
import type { Services } from '../../services.ts';
import { type Action, authorize } from '../../users/authorize.ts';
import type { Caller } from '../../users/sessions.ts';
import { created, nothing, ok } from '../answer.ts';
import { operation } from '../operation.ts';
import { runHandle } from '../run-handle.ts';
import { runEntryView } from '../views.ts';

/** What clients send when they want no filter (flowServ HTTP API, runs). */
const NO_FILTER: readonly string[] = ['', 'None', 'null', 'undefined', '{state}'];

/** Runs of groups. */
export const runOperations = [
  operation('groups:runs', async ({ services, caller, param, query: { state } }) => {
    const group = await findGroup(services, param('userGroupId'));
    authorize(services.config, caller, 'group:list', group);
    const filter = state === undefined || NO_FILTER.includes(state) ? undefined : state;
    return ok({ runs: (await listRuns(services, group.id, filter)).map(runEntryView) });
  }),

  operation('runs:start', async ({ services, caller, param, body }) => {
    const group = await findGroup(services, param('userGroupId'));
    authorize(services.config, caller, 'group:write', group);
    const run = await startRun(services, group, body.arguments ?? [], body.config ?? undefined);
    return created(await runHandle(services, run, group));
  }),

  operation('runs:get', async ({ services, caller, param }) => {
    const { run, group } = await findOwnRun(services, caller, param('runId'), 'run:read');
    return ok(await runHandle(services, run, group));
  }),

  operation('runs:cancel', async ({ services, caller, param, body: { reason } }) => {
    const { run, group } = await findOwnRun(services, caller, param('runId'), 'run:write');
    return ok(await runHandle(services, await cancelRun(services, run, reason), group));
  }),

  operation('runs:delete', async ({ services, caller, param }) => {
    const { run } = await findOwnRun(services, caller, param('runId'), 'run:write');
    await removeRun(services, run);
    return nothing;
  }),
];

/** The run and its group, if it exists and the caller may do this to it. @throws FlowservError 404, 403 */
async function findOwnRun(
  services: Services,
  caller: Caller,
  runId: string,
  action: Action,
): Promise<{ readonly run: Run; readonly group: Group | null }> {
  const run = await findRun(services, runId);
  const group = run.groupId === undefined ? null : await findGroup(services, run.groupId);
  authorize(services.config, caller, action, group);
  return { run, group };
}
