import { listGroups } from '../../groups/list.ts';
import { rankResults, readRanking } from '../../ranking/board.ts';
import { defaultOrder } from '../../ranking/default-order.ts';
import { parseIncludeAll, parseOrder } from '../../ranking/order.ts';
import { argumentSchema } from '../../template/argument-schema.ts';
import { parameterViews } from '../../template/parameters.ts';
import { listWorkflows } from '../../workflows/list.ts';
import { readOverview } from '../../workflows/overview.ts';
import { readVersion } from '../../workflows/workflow.ts';
import { ok } from '../answer.ts';
import { serviceDescriptor } from '../descriptor.ts';
import { operation } from '../operation.ts';
import { postprocHandle } from '../run-handle.ts';
import { groupEntryView, leaderboardView, workflowView } from '../views.ts';

/** The service itself, workflows and their leaderboards. */
export const workflowOperations = [
  operation('service', async ({ services, caller }) => ok(serviceDescriptor(services.config, caller))),

  operation('workflows:list', async ({ services }) => {
    return ok({ workflows: (await listWorkflows(services)).map(workflowView) });
  }),

  operation('workflows:get', async ({ services, caller, param }) => {
    const { workflow, entry, board } = await readOverview(services, param('workflowId'));
    const [{ template }, postproc, groups] = await Promise.all([
      readVersion(services, workflow.id, workflow.version),
      postprocHandle(services, board.postprocRunId),
      caller ? listGroups(services, caller, workflow.id) : [],
    ]);
    return ok({
      ...workflowView(entry),
      parameters: parameterViews(template.parameters),
      ...(template.parameterGroups ? { parameterGroups: template.parameterGroups } : {}),
      ...(postproc ? { postproc } : {}),
      groups: groups.map(groupEntryView),
    });
  }),

  operation('workflows:arguments', async ({ services, param }) => {
    const { workflow, entry } = await readOverview(services, param('workflowId'));
    const { template } = await readVersion(services, workflow.id, workflow.version);
    return ok(argumentSchema(template.parameters, entry.name));
  }),

  operation('leaderboard', async ({ services, param, query }) => {
    const { workflow, board } = await readOverview(services, param('workflowId'));
    const { template } = await readVersion(services, workflow.id, workflow.version);
    const schema = template.results;
    if (!schema) return ok(leaderboardView(undefined, []));
    const columns = schema.columns.map(({ name }) => name);
    const standard = defaultOrder(template);
    const order = parseOrder(query.orderBy, columns, standard);
    const includeAll = parseIncludeAll(query.includeAll);
    const ranking =
      order === standard && !includeAll
        ? await readRanking(services, workflow.id, board, standard)
        : await rankResults(services, workflow.id, order, includeAll);
    return ok(leaderboardView(schema, ranking, await postprocHandle(services, board.postprocRunId)));
  }),
];
