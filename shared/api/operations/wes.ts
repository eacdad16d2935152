import { notAuthorized, unknownObject } from '../../errors.ts';
import { cancelRun } from '../../runs/cancel.ts';
import { readArguments } from '../../runs/documents/arguments.ts';
import { readRunFiles } from '../../runs/documents/files.ts';
import { readRunDocument } from '../../runs/documents/plan.ts';
import { listOwnRuns } from '../../runs/list-own.ts';
import type { Run } from '../../runs/run.ts';
import { hasPrivateOutput } from '../../runs/steps/private-output.ts';
import { readRunAndSteps } from '../../runs/steps/record.ts';
import type { Services } from '../../services/services.ts';
import { slicePage } from '../../store/paging.ts';
import { repeatableRequest } from '../../store/repeatable.ts';
import type { Visible } from '../../template/visibility.ts';
import { readVersion } from '../../workflows/version.ts';
import { loggedIn, operation } from '../operation.ts';
import { ok } from '../operation-result.ts';
import { shownRun } from '../visible.ts';
import { readRunRequest, unsupported } from '../wes/request.ts';
import { MAX_WES_PAGE } from '../wes/schemas.ts';
import { contentOf, groupOfRequest, startRequested, withinRequest } from '../wes/start.ts';
import { runLogView, runStatusView, runSummaryView, taskView } from '../wes/views.ts';
import { cancelAudit, findOwnRun, findRunToCancel } from './runs.ts';

/** Runs in the words of GA4GH WES. */
export const wesOperations = [
  operation('wes:runs:list', async ({ services, caller, query }) => {
    const { entries, nextToken } = await listOwnRuns(services, loggedIn(caller), {
      limit: limitOf(query),
      token: query.page_token || undefined,
    });
    return ok({ runs: entries.map(runSummaryView), next_page_token: nextToken ?? '' });
  }),

  operation('wes:runs:start', async ({ services, caller, authorize, mayAlso, headers, body }) => {
    const { fields, files } = body;
    const user = loggedIn(caller);
    const request = readRunRequest(fields);
    const { workflowId } = request;
    // A token for another workflow does not even get the names of groups.
    if (!(await mayAlso('workflow:read', { workflowId }))) throw notAuthorized();
    const group = await withinRequest(() => groupOfRequest(services, user, request));
    await authorize(group);
    if (group.workflowId !== workflowId) {
      throw unsupported(`the group '${group.id}' belongs to workflow '${group.workflowId}'`);
    }
    const content = contentOf(fields, files);
    const repeatable = repeatableRequest(headers['idempotency-key'], ['wes', user.id, group.id], content);
    const run = await withinRequest(() => startRequested(services, user, group, request, files, repeatable));
    return ok({ run_id: run.id });
  }),

  operation('wes:runs:get', async (request) => {
    const { services } = request;
    const { run: whole, visible } = await findOwnRun(request);
    const run = shownRun(whole, visible);
    const { template } = await readVersion(services, run.workflowId, run.version);
    const [supplied, tasks, files] = await Promise.all([
      readArguments(services, run.id),
      readTasks(services, run, visible),
      run.state === 'SUCCESS' && visible.outputs ? readRunFiles(services, run.id) : [],
    ]);
    const { outputs = [] } = run.groupId === undefined ? (template.postproc ?? {}) : template;
    return ok(runLogView(services.config.api, run, { supplied, tasks, files, outputs }));
  }),

  operation('wes:runs:status', async (request) => ok(runStatusView((await findOwnRun(request)).run))),

  operation('wes:runs:cancel', async (request) => {
    const { run, ground } = await findRunToCancel(request);
    // A client that lost the response cancels again.
    if (run.state !== 'CANCELED') {
      await cancelRun(request.services, run, undefined, cancelAudit(request, run, ground));
    }
    return ok({ run_id: run.id });
  }),

  operation('wes:tasks:list', async (request) => {
    const { services, query } = request;
    const { run, visible } = await findOwnRun(request);
    const { entries, nextCursor = '' } = slicePage(await readTasks(services, run, visible), {
      limit: limitOf(query),
      cursor: query.page_token || undefined,
    });
    return ok({ task_logs: entries, next_page_token: nextCursor });
  }),

  operation('wes:tasks:get', async (request) => {
    const { services, param } = request;
    const { run, visible } = await findOwnRun(request);
    const taskId = param('taskId');
    const task = (await readTasks(services, run, visible)).find(({ id }) => id === taskId);
    if (!task) throw unknownObject('task', taskId);
    return ok(task);
  }),
];

const limitOf = ({ page_size = MAX_WES_PAGE }: { readonly page_size?: number | undefined }): number =>
  Math.min(page_size, MAX_WES_PAGE);

/** Returns the steps of a run that started, in order. */
async function readTasks(services: Services, { id }: Run, { logs }: Visible) {
  const { steps } = (await readRunAndSteps(services, id)) ?? { steps: [] };
  if (steps.length === 0) return [];
  const document = await readRunDocument(services, id);
  return steps.map((step) => {
    // Commands may name private files.
    const planned = document.privateFiles ? {} : (document.plan.steps[step.index] ?? {});
    if (logs) return taskView(services.config.api, id, step, planned, hasPrivateOutput(document, step.index));
    // How the step ended is hidden as well.
    const { exitCode: _code, reason: _reason, ...shown } = step;
    return taskView(services.config.api, id, shown, {}, true);
  });
}
