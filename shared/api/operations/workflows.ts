import { unknownObject } from '../../errors.ts';
import { listGroups } from '../../groups/list.ts';
import { readBaselines } from '../../ranking/baselines.ts';
import { earlierState, readEarlier } from '../../ranking/earlier.ts';
import { readInOrder, readRanking, shownState } from '../../ranking/leaderboard.ts';
import { parseIncludeAll, parseOrder } from '../../ranking/order.ts';
import { entriesOf } from '../../ranking/phases.ts';
import { rulesOf } from '../../ranking/rules.ts';
import type { Run } from '../../runs/run.ts';
import { isActive } from '../../runs/state.ts';
import type { Services } from '../../services/services.ts';
import { type Key, keys } from '../../store/keys.ts';
import { slicePage } from '../../store/paging.ts';
import { argumentSchema } from '../../template/argument-schema.ts';
import { parameterViews } from '../../template/parameters.ts';
import { readsByRole } from '../../users/authorize.ts';
import { type LeaderboardState, postprocRunOf } from '../../workflows/leaderboard-state.ts';
import { listWorkflows } from '../../workflows/list.ts';
import { type Overview, readOverview } from '../../workflows/overview.ts';
import { readVersion, type WorkflowVersion } from '../../workflows/version.ts';
import { findEarlierLeaderboard } from '../../workflows/versions.ts';
import { chosenPhase, hasLeaderboard } from '../chosen-phase.ts';
import { contestView } from '../contest-view.ts';
import { serviceDescriptor } from '../descriptor.ts';
import { type Asked, tagOf, unlessKnown, versionOf } from '../etag.ts';
import { leaderboardCsv, nextQuery, wantsCsv } from '../exports.ts';
import { hiddenLeaderboardView, leaderboardView } from '../leaderboard-view.ts';
import { operation } from '../operation.ts';
import { type JsonResult, ok } from '../operation-result.ts';
import { POLL_AFTER } from '../poll-after.ts';
import type { QueryOf } from '../routes.ts';
import { postprocHandle, readPostproc } from '../run-handle.ts';
import { groupEntryView, pageOf, workflowView } from '../views.ts';
import { viewOf } from '../visible.ts';

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

  operation('workflows:get', async (request) => {
    const { services, caller, param, asked } = request;
    const { workflow, entry, leaderboard, role, more } = await readOverview(services, param('workflowId'), {
      userId: readsByRole(caller) ? caller?.id : undefined,
      more: claimedPostproc(asked),
    });
    const { template, contest } = await readVersion(services, workflow.id, workflow.version);
    const view = await viewOf(request, workflow.id, workflow.version);
    const [run, { entries: groups }, hides] = await Promise.all([
      readPostproc(services, postprocRunOf(leaderboard, chosenPhase(services, contest, undefined)), more),
      caller ? listGroups(services, caller, workflow.id) : { entries: [] },
      view.hidesSome(),
    ]);
    const rules = contestView(contest, services.now());
    const visible = run && (await view.ofRun(run));
    const make = async () => {
      const postproc = run && visible && (await postprocHandle(services, run, visible));
      return {
        ...workflowView(entry),
        parameters: parameterViews(template.parameters),
        ...(template.parameterGroups ? { parameterGroups: template.parameterGroups } : {}),
        ...(postproc ? { postproc } : {}),
        ...rules,
        ...(workflow.paused ? { paused: workflow.paused } : {}),
        groups: groups.map(groupEntryView),
        ...(role === undefined ? {} : { role }),
      };
    };
    if (hides) return hiding(await make());
    const tag = tagOf(
      [versionOf(workflow), entry, versionOf(run), visible, rules, groups, role],
      hintsOf(run),
    );
    return unlessKnown(asked, { tag, pollAfter: pollAfterOf(leaderboard, run) }, make);
  }),

  operation('workflows:arguments', async ({ services, param }) => {
    const { workflow, entry } = await readOverview(services, param('workflowId'));
    const { template } = await readVersion(services, workflow.id, workflow.version);
    return ok(argumentSchema(template.parameters, entry.name));
  }),

  operation('leaderboard', async (request) => {
    const { services, headers, param, query, asked } = request;
    const overview = await readOverview(services, param('workflowId'), { more: claimedPostproc(asked) });
    const { workflow, leaderboard, more } = overview;
    const { wait: _wait, format, ...shown } = query;
    const earlier = await findEarlierLeaderboard(services, workflow, query.version);
    const version = await readVersion(services, workflow.id, (earlier ?? workflow).version);
    const phase = chosenPhase(services, version.contest, query.phase);
    const run = await readPostproc(services, postprocRunOf(earlier ?? leaderboard, phase), more);
    const view = await viewOf(request, workflow.id, workflow.version);
    const isShown = (await view.ofLeaderboard(phase)).leaderboard;
    const visible = run && (await view.ofRun(run));
    const postproc = async () => run && visible && postprocHandle(services, run, visible);
    const isEarlier = earlier !== undefined;
    const read = async () =>
      isShown
        ? await readLeaderboard(services, overview, { version, isEarlier, phase, postproc, query })
        : { json: hiddenLeaderboard(version, phase, query), first: 0 };
    if (wantsCsv(format, headers.accept)) {
      const { json, first } = await read();
      const text = await leaderboardCsv(services, workflow.id, json, first);
      return {
        kind: 'csv',
        text,
        name: `leaderboard-${workflow.id}.csv`,
        next: nextQuery(shown, json.nextCursor),
      };
    }
    if (!isShown || (await view.hidesSome())) return hiding((await read()).json);
    const state = earlier
      ? earlierState(leaderboard, services.now())
      : shownState(leaderboard, workflow.number);
    const parts = [versionOf(workflow), shown, phase, earlier, state, versionOf(run), visible];
    return unlessKnown(
      asked,
      { tag: tagOf(parts, hintsOf(run)), pollAfter: pollAfterOf(leaderboard, run) },
      async () => (await read()).json,
    );
  }),
];

interface ShownLeaderboard {
  readonly version: WorkflowVersion;
  readonly isEarlier: boolean;
  readonly phase: string | undefined;
  /** Returns the handle of the post-processing run that it shows. */
  readonly postproc: () => Promise<unknown>;
  readonly query: QueryOf<'leaderboard'>;
}

/**
 * The leaderboard as its readers get it.
 *
 * @returns it, and the position of its first row, from 0
 * @throws FlowservError 400 for an unknown column or an invalid cursor, 404 for a phase without a leaderboard
 */
async function readLeaderboard(
  services: Services,
  { workflow, leaderboard }: Overview,
  { version, isEarlier, phase, postproc, query }: ShownLeaderboard,
) {
  const schema = version.template.results;
  if (!schema) return { json: leaderboardView(undefined, { entries: [], nextCursor: undefined }), first: 0 };
  const columns = schema.columns.map(({ name }) => name);
  const standard = rulesOf(version);
  const rules = { ...standard, order: parseOrder(query.orderBy, columns, standard.order) };
  const includeAll = parseIncludeAll(query.includeAll);
  const ranking = isEarlier
    ? await readEarlier(services, workflow, leaderboard, rules, includeAll)
    : rules.order === standard.order && !includeAll
      ? await readRanking(services, workflow.id, leaderboard, standard)
      : await readInOrder(services, workflow.id, leaderboard, rules, includeAll);
  const entries = entriesOf(ranking, phase);
  if (!hasLeaderboard(version.contest, phase, entries.length)) throw unknownObject('phase', `${phase}`);
  const page = slicePage(entries, query);
  const [handle, baselines] = await Promise.all([
    postproc(),
    readBaselines(services, workflow.id, leaderboard, rules, phase),
  ]);
  const json = leaderboardView(schema, page, handle, rules.ranking, phase, baselines);
  const [top] = page.entries;
  return { json, first: top ? entries.indexOf(top) : 0 };
}

/**
 * A response of which something is hidden from the caller: its ETag is that of its body, and neither it nor the time of
 * the next request depends on what is hidden.
 */
const hiding = (body: unknown): JsonResult => ({ ...ok(body), pollAfter: POLL_AFTER.else });

/** @throws FlowservError as for a leaderboard that is shown */
function hiddenLeaderboard(
  { contest, template }: WorkflowVersion,
  phase: string | undefined,
  { orderBy }: QueryOf<'leaderboard'>,
) {
  if (!hasLeaderboard(contest, phase, 0)) throw unknownObject('phase', `${phase}`);
  const schema = template.results;
  if (!schema) return leaderboardView(undefined, { entries: [], nextCursor: undefined });
  parseOrder(
    orderBy,
    schema.columns.map(({ name }) => name),
    [],
  );
  return hiddenLeaderboardView(schema, contest?.ranking, phase);
}

/** The id in the ETag of a response that shows a post-processing run. */
const hintsOf = (run: Run | undefined): string[] => (run ? [run.id] : []);

function claimedPostproc({ hints: [runId] }: Asked): Key | undefined {
  return runId === undefined ? undefined : keys.run(runId);
}

/** Post-processing is not the caller's run, so nothing is more urgent than waiting. */
function pollAfterOf({ dirty, built, trigger, processed }: LeaderboardState, run: Run | undefined): number {
  const isChanging = dirty !== built || trigger !== processed || (run !== undefined && isActive(run.state));
  return isChanging ? POLL_AFTER.waiting : POLL_AFTER.else;
}
