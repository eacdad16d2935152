import { readPostprocRuns } from '../../ranking/postproc-list.ts';
import { retryPostproc } from '../../ranking/retry-postproc.ts';
import { reasonOf } from '../../runs/reason.ts';
import type { Run } from '../../runs/run.ts';
import type { Waiting } from '../../runs/waiting.ts';
import type { PageRequest } from '../../store/paging.ts';
import type { Visible } from '../../template/visibility.ts';
import { readVersion } from '../../workflows/version.ts';
import type { Workflow } from '../../workflows/workflow.ts';
import { loggedIn, operation } from '../operation.ts';
import { ok } from '../operation-result.ts';
import { hiddenView, shownRun, type Viewer, viewOf } from '../visible.ts';
import { ownWorkflow } from './own-workflow.ts';

/** Characters at the end of the messages of a failed run: its handle has all of them. */
const MESSAGE_LENGTH = 2_000;

/** Post-processing, as the members of a workflow see it. */
export const postprocOperations = [
  operation('workflows:postproc', async (request) =>
    ok(await postprocView(request, await ownWorkflow(request), request.query)),
  ),

  operation('workflows:postproc:retry', async (request) => {
    const workflow = await ownWorkflow(request);
    await retryPostproc(request.services, loggedIn(request.caller), workflow);
    return ok(await postprocView(request, workflow, {}));
  }),
];

/** Runs of phases whose leaderboards are hidden from the caller are left out. */
async function postprocView(request: Viewer, { id, version }: Workflow, page: PageRequest) {
  const { services } = request;
  const view = await viewOf(request, id, version);
  const { isPending, runs, waiting, nextCursor, isShown } = await readPostprocRuns(services, id, page);
  const visible = await Promise.all(runs.map(view.ofRun));
  const shown = await Promise.all(
    runs.flatMap((run, position) => {
      const seen = visible[position];
      return seen?.leaderboard ? [runOf(services, run, seen, { waiting, isShown: isShown(run) })] : [];
    }),
  );
  return { pending: isPending, runs: shown, ...(nextCursor === undefined ? {} : { nextCursor }) };
}

async function runOf(
  services: Viewer['services'],
  whole: Run,
  visible: Visible,
  { waiting, isShown }: { readonly waiting: Waiting | undefined; readonly isShown: boolean },
) {
  const run = shownRun(whole, visible);
  const { id, state, createdAt, startedAt, finishedAt, phase, messages = [], warnings = [] } = run;
  const { number } = await readVersion(services, run.workflowId, run.version);
  const message = messages.join('\n').slice(-MESSAGE_LENGTH).toWellFormed();
  return {
    ...{ id, state, createdAt },
    ...(startedAt === undefined ? {} : { startedAt }),
    ...(finishedAt === undefined ? {} : { finishedAt }),
    versionNumber: number,
    ...(phase === undefined ? {} : { phase }),
    shown: isShown,
    ...reasonOf(run, waiting),
    ...(message === '' ? {} : { message }),
    ...(warnings.length === 0 ? {} : { warningCount: warnings.length }),
    ...hiddenView(visible),
  };
}
