import type * as z from 'zod';
import type { Config } from '../../config.ts';
import { exactJson } from '../../documents/exact-json.ts';
import type { PlannedStep } from '../../engine/run-plan.ts';
import type { RunFile } from '../../runs/documents/files.ts';
import type { GroupRun } from '../../runs/list-of-groups.ts';
import type { Run, RunEntry } from '../../runs/run.ts';
import type { StepRecord } from '../../runs/steps/record.ts';
import type { SuppliedArgument } from '../../template/arguments.ts';
import type { OutputSpec } from '../../template/outputs.ts';
import { version } from '../version.ts';
import { ENGINE, WORKFLOW_TYPE, WORKFLOW_TYPE_VERSION, workflowUrl } from './request.ts';
import {
  type runLog,
  type runStatus,
  type serviceInfo,
  tags as tagsSchema,
  type taskLog,
  type WesState,
} from './schemas.ts';

/** Objects of GA4GH WES as its clients get them (GA4GH WES 1.1.0, schemas). All views are pure functions. */

type Api = Config['api'];
type TaskLog = z.output<typeof taskLog>;

/** The standard's release that these routes follow. */
const WES_VERSION = '1.1.0';

export function serviceInfoView({ api }: Config): z.output<typeof serviceInfo> {
  const { host } = URL.canParse(api.url) ? new URL(api.url) : { host: 'localhost' };
  return {
    id: `${host.split(':')[0]?.split('.').toReversed().join('.')}.wes`,
    name: api.name,
    type: { group: 'org.ga4gh', artifact: 'wes', version: WES_VERSION },
    organization: { name: api.name, url: api.url },
    version,
    workflow_type_versions: { [WORKFLOW_TYPE]: { workflow_type_version: [WORKFLOW_TYPE_VERSION] } },
    supported_wes_versions: [WES_VERSION],
    // Files come as attachments or as uploads of a group, never from a URL.
    supported_filesystem_protocols: [],
    workflow_engine_versions: { [ENGINE]: { workflow_engine_version: [version] } },
    default_workflow_engine_parameters: [],
    // A count would read all runs.
    system_state_counts: {},
    auth_instructions_url: `${api.url}/openapi.json`,
    tags: {
      workflow_url: `${workflowUrl('<workflow id>')}; GET ${api.url}/workflows lists the workflows`,
      group: 'the tag `group` of a run request has the id of the group of participants',
      authorization: `POST ${api.url}/users/login returns a token; send it as 'Authorization: Bearer <token>'`,
    },
  };
}

const states = { PENDING: 'QUEUED', RUNNING: 'RUNNING', SUCCESS: 'COMPLETE', CANCELED: 'CANCELED' } as const;

/** Returns the state of a run in the standard's words. */
export function stateOf({ state, platformFailed }: Pick<RunEntry, 'state' | 'platformFailed'>): WesState {
  if (state === 'ERROR') return platformFailed ? 'SYSTEM_ERROR' : 'EXECUTOR_ERROR';
  return states[state];
}

export const runStatusView = (run: Run): z.output<typeof runStatus> => ({
  run_id: run.id,
  state: stateOf(run),
});

export const runSummaryView = (run: GroupRun) => ({
  run_id: run.id,
  state: stateOf(run),
  tags: tagsOf(run, run.group.id),
});

/** The tags of a run always name its group. */
const tagsOf = ({ tags = '{}' }: Pick<RunEntry, 'tags'>, group: string | undefined) => ({
  ...tagsSchema.parse(JSON.parse(tags)),
  ...(group === undefined ? {} : { group }),
});

/** Commands of a step that are shown, and characters of each. */
const MAX_COMMANDS = 100;
const COMMAND_LENGTH = 1_000;

/**
 * The record of a step. Of a step with private output, the exit code is not shown beside another reason, and neither are
 * its commands and links to its output.
 *
 * @param planned the step as it is planned; without commands if they are not shown
 */
export function taskView(
  { url }: Pick<Api, 'url'>,
  runId: string,
  step: StepRecord,
  { commands }: Partial<Pick<PlannedStep, 'commands'>>,
  isPrivate: boolean,
): TaskLog {
  const { index, name, startedAt, finishedAt, exitCode, reason, reuse } = step;
  const hidesExitCode = isPrivate && reason !== undefined;
  const output = `${url}/runs/${runId}/logs/${index}`;
  const hasOutput = !isPrivate && reuse?.from === undefined;
  return {
    id: String(index),
    name,
    start_time: timeOf(startedAt),
    ...(finishedAt === undefined ? {} : { end_time: timeOf(finishedAt) }),
    ...(exitCode === undefined || hidesExitCode ? {} : { exit_code: exitCode }),
    ...(isPrivate || commands === undefined
      ? {}
      : {
          cmd: commands
            .slice(0, MAX_COMMANDS)
            .map((command) => command.slice(0, COMMAND_LENGTH).toWellFormed()),
        }),
    ...(hasOutput ? { stdout: `${output}/stdout`, stderr: `${output}/stderr` } : {}),
    system_logs: reason === undefined ? [] : [reason],
  };
}

export interface RunLogParts {
  readonly supplied: readonly SuppliedArgument[];
  readonly tasks: readonly TaskLog[];
  readonly files: readonly RunFile[];
  /** How the template presents the run's files. */
  readonly outputs: readonly OutputSpec[];
}

/** Returns the log of a run. Messages and warnings are those of the run's handle, which its participants read. */
export function runLogView(
  api: Api,
  run: Run,
  { supplied, tasks, files, outputs }: RunLogParts,
): z.output<typeof runLog> {
  const { id, workflowId, startedAt, finishedAt, messages = [], warnings = [] } = run;
  return {
    run_id: id,
    state: stateOf(run),
    request: {
      workflow_params: Object.fromEntries(supplied.map(({ name, value }) => [name, exactJson(value)])),
      workflow_type: WORKFLOW_TYPE,
      workflow_type_version: WORKFLOW_TYPE_VERSION,
      workflow_url: workflowUrl(workflowId),
      tags: tagsOf(run, run.groupId),
    },
    run_log: {
      name: workflowId,
      ...(startedAt === undefined ? {} : { start_time: timeOf(startedAt) }),
      ...(finishedAt === undefined ? {} : { end_time: timeOf(finishedAt) }),
      system_logs: [...messages, ...warnings.map(({ code, message }) => `${code}: ${message}`)],
    },
    task_logs_url: `${api.wesUrl}/runs/${id}/tasks`,
    task_logs: [...tasks],
    outputs: outputsOf(api, run, files, outputs),
  };
}

/** Links to the files of a run, by their keys in the template; by their paths without one, or if it is taken. */
function outputsOf(
  api: Api,
  { id }: Run,
  files: readonly RunFile[],
  outputs: readonly OutputSpec[],
): Record<string, string> {
  const keys = new Map(outputs.map(({ source, key }) => [source, key]));
  const links = new Map<string, string>();
  for (const file of files) {
    const key = keys.get(file.path) ?? file.path;
    links.set(links.has(key) ? file.path : key, `${api.url}/runs/${id}/downloads/files/${file.id}`);
  }
  return Object.fromEntries(links);
}

/** A time in the standard's form, in whole seconds. */
const timeOf = (timestamp: string): string => `${new Date(timestamp).toISOString().slice(0, 19)}Z`;
