import { unknownObject } from '../../errors.ts';
import { listGroups } from '../../groups/list.ts';
import { readEarlier, readInOrder, readRanking } from '../../ranking/leaderboard.ts';
import { parseIncludeAll, parseOrder } from '../../ranking/order.ts';
import { entriesOf } from '../../ranking/phases.ts';
import { rulesOf } from '../../ranking/rules.ts';
import { slicePage } from '../../store/paging.ts';
import { argumentSchema } from '../../template/argument-schema.ts';
import { parameterViews } from '../../template/parameters.ts';
import { readsByRole } from '../../users/authorize.ts';
import { postprocRunOf } from '../../workflows/leaderboard-state.ts';
import { listWorkflows } from '../../workflows/list.ts';
import { readOverview } from '../../workflows/overview.ts';
import { readVersion } from '../../workflows/version.ts';
import { findEarlierLeaderboard, listVersions } from '../../workflows/versions.ts';
import { findWorkflow } from '../../workflows/workflow.ts';
import { chosenPhase, hasLeaderboard } from '../chosen-phase.ts';
import { serviceDescriptor } from '../descriptor.ts';
import { operation } from '../operation.ts';
import { ok } from '../operation-result.ts';
import { postprocHandle } from '../run-handle.ts';
import { groupEntryView, leaderboardView, pageOf, phasesView, versionView, workflowView } from '../views.ts';

/** The service itself, workflows and their leaderboards. */
export const workflowOperations = [
  operation('service', async ({ services, caller }) => ok(serviceDescriptor(services.config, caller))),

  operation('openapi', async ({ services }) => {
    const { default: document } = await import('../openapi.json', { with: { type: 'json' } });
    return ok({ ...document, servers: [{ url: services.config.api.url }] });
  }),

  operation('workflows:list', async ({ services, caller, query }) => {
    // A token that is limited to one workflow shows only that one.
    return pageOf('workflows', await listWorkflows(services, query, caller?.scope?.workflowId), workflowView);
  }),

  operation('workflows:get', async ({ services, caller, param }) => {
    const { workflow, entry, leaderboard, role } = await readOverview(
      services,
      param('workflowId'),
      readsByRole(caller) ? caller?.id : undefined,
    );
    const { template, contest } = await readVersion(services, workflow.id, workflow.version);
    const [postproc, groups] = await Promise.all([
      postprocHandle(services, postprocRunOf(leaderboard, chosenPhase(services, contest, undefined))),
      caller ? listGroups(services, caller, workflow.id) : { entries: [] },
    ]);
    return ok({
      ...workflowView(entry),
      parameters: parameterViews(template.parameters),
      ...(template.parameterGroups ? { parameterGroups: template.parameterGroups } : {}),
      ...(postproc ? { postproc } : {}),
      ...phasesView(contest?.phases, services.now()),
      groups: groups.entries.map(groupEntryView),
      ...(role === undefined ? {} : { role }),
    });
  }),

  operation('workflows:arguments', async ({ services, param }) => {
    const { workflow, entry } = await readOverview(services, param('workflowId'));
    const { template } = await readVersion(services, workflow.id, workflow.version);
    return ok(argumentSchema(template.parameters, entry.name));
  }),

  operation('workflows:versions', async ({ services, param, query, mayAlso }) => {
    const workflow = await findWorkflow(services, param('workflowId'));
    const isOrganising = await mayAlso('audit:read', { workflowId: workflow.id });
    const versions = await listVersions(services, workflow, query);
    return pageOf('versions', versions, (entry) => versionView(entry, workflow.number, isOrganising));
  }),

  operation('leaderboard', async ({ services, param, query }) => {
    const { workflow, leaderboard } = await readOverview(services, param('workflowId'));
    const earlier = await findEarlierLeaderboard(services, workflow, query.version);
    const version = await readVersion(services, workflow.id, (earlier ?? workflow).version);
    const phase = chosenPhase(services, version.contest, query.phase);
    const schema = version.template.results;
    if (!schema) return ok(leaderboardView(undefined, { entries: [], nextCursor: undefined }));
    const columns = schema.columns.map(({ name }) => name);
    const standard = rulesOf(version);
    const rules = { ...standard, order: parseOrder(query.orderBy, columns, standard.order) };
    const includeAll = parseIncludeAll(query.includeAll);
    const ranking = earlier
      ? await readEarlier(services, workflow, leaderboard, rules, includeAll)
      : rules.order === standard.order && !includeAll
        ? await readRanking(services, workflow.id, leaderboard, standard)
        : await readInOrder(services, workflow.id, leaderboard, rules, includeAll);
    const entries = entriesOf(ranking, phase);
    if (!hasLeaderboard(version.contest, phase, entries.length)) throw unknownObject('phase', `${phase}`);
    const page = slicePage(entries, query);
    const postproc = await postprocHandle(services, postprocRunOf(earlier ?? leaderboard, phase));
    return ok(leaderboardView(schema, page, postproc, rules.ranking, phase));
  }),
];
