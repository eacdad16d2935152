import type { Config } from '../config.ts';
import { parseEngineConfig } from '../engine/engine-config.ts';
import type { ParticipantConfig } from '../engine/participant-sizes.ts';
import { pythonSettings } from '../engine/python-steps/settings.ts';
import { FlowservError, invalid, unknownObject } from '../errors.ts';
import { enterContest } from '../groups/enter-contest.ts';
import { findGroup, type Group } from '../groups/group.ts';
import { checkMayStart, mayStart } from '../groups/may-start.ts';
import { groupParameters } from '../groups/parameters.ts';
import { newId } from '../ids.ts';
import { logWarning } from '../log.ts';
import { checkApproved } from '../participants/approval.ts';
import { checkAccepted } from '../participants/rules.ts';
import { type Claim, checkRoom, claim, type Demand } from '../quotas/reserve.ts';
import type { Services } from '../services/services.ts';
import { ConditionFailed } from '../store/conditional.ts';
import { keys } from '../store/keys.ts';
import { earlierResult, type RepeatableRequest, resultWrites } from '../store/repeatable.ts';
import {
  type Arguments,
  castArguments,
  mentionedFileIds,
  parseArguments,
  type SuppliedArgument,
} from '../template/arguments.ts';
import type { Parameter } from '../template/parameter.ts';
import { noteUse } from '../uploads/remove.ts';
import { type Upload, uploadCodec } from '../uploads/upload.ts';
import type { User } from '../users/user.ts';
import { objectKeys } from '../volumes/keys.ts';
import { stateMachineOf } from '../workflows/state-machines.ts';
import { readVersion, type WorkflowVersion } from '../workflows/version.ts';
import { createRun } from './create.ts';
import type { RunDocument } from './documents/plan.ts';
import { planOf } from './planning.ts';
import { findRun, type Run } from './run.ts';
import { checkTargets, replacedIn, type Specification, specificationOf, treeRules } from './static-files.ts';

/** Maximum uploads in one run. More are a mistake: each one is a file argument of its own. */
const MAX_UPLOADS = 1000;

const UNUSABLE_COMMAND =
  'a command of the workflow cannot be run with these arguments; please report this to its organiser';

/**
 * Starts a run of a group.
 *
 * Arguments that do not fit the parameters are rejected, and nothing is written. A workflow that cannot be planned
 * with valid arguments creates a run that ends immediately as ERROR with the reason: the cause is the organiser's, and
 * the participant needs a run to show it.
 *
 * @param user who starts it, and against whose quotas it counts
 * @param supplied the `arguments` of the request
 * @param config engine configuration of the request: checked, but not applied except for the sizes that the manifest
 *   permits, because the commands and the environment of steps come from the workflow's version alone
 * @param repeatable set for a request that may be repeated: a repetition returns the run that the first one started
 * @param tags labels of the run, as JSON text
 * @throws FlowservError 400 for arguments, 404 for an upload that the group does not have, 429 or 413 when a quota of
 *   the user is used up, 429 or 403 when a limit of the contest is reached, 403 when no phase is open, the group is
 *   disqualified, the rules of the benchmark are not accepted, or an organiser has not approved the user
 */
export async function startRun(
  services: Services,
  user: Pick<User, 'id'>,
  group: Group,
  supplied: unknown,
  config?: Readonly<Record<string, unknown>>,
  repeatable?: RepeatableRequest,
  tags?: Run['tags'],
): Promise<Run> {
  const earlier = await earlierResult(services, repeatable);
  if (earlier !== undefined) return findRun(services, earlier);
  checkMayStart(group);
  const id = newId();
  await checkParticipant(services, user.id, group);
  const inputs = await readRunInputs(services, group, supplied, config);
  const { version, uploads } = inputs;
  const { phase, demands } = await enterContest(services, group, version.contest);
  await checkRoom(services, demands);
  const document = planRun(services, id, inputs, phase?.id);
  const claimed = claimOfRun(services, user, demands, document);
  const remembered = resultWrites(services, repeatable, id);
  await noteUse(services, uploads.values());
  try {
    return await createRun(services, {
      id,
      workflowId: group.workflowId,
      groupId: group.id,
      userId: user.id,
      phase: phase?.id,
      reservations: claimed.reservations,
      tags,
      ...partsOfRun(inputs),
      document,
      onGroup: mayStart,
      writes: [...remembered, ...claimed.writes],
    });
  } catch (error) {
    if (!(error instanceof ConditionFailed)) throw error;
    const other = await earlierResult(services, repeatable);
    if (other !== undefined) return findRun(services, other);
    const exceeded = claimed.errorFor(error.actions, remembered.length);
    if (exceeded) throw exceeded;
    checkMayStart(await findGroup(services, group.id));
    throw error;
  }
}

/** What a run of a group is planned from. */
export interface RunInputs {
  readonly version: WorkflowVersion;
  readonly parameters: readonly Parameter[];
  readonly list: readonly SuppliedArgument[];
  readonly uploads: ReadonlyMap<string, Upload>;
  readonly participant: ParticipantConfig | undefined;
  readonly config: Readonly<Record<string, unknown>> | undefined;
}

/**
 * Reads what a run of a group is planned from: the current version of the workflow, and the uploads among the arguments.
 *
 * @throws FlowservError 400 for arguments that are not a list of names and values, and for the configuration
 */
export async function readRunInputs(
  services: Services,
  group: Group,
  supplied: unknown,
  config: Readonly<Record<string, unknown>> | undefined,
): Promise<RunInputs> {
  const version = await readVersion(services, group.workflowId, group.version);
  const participant = participantConfig(version, group, config);
  const parameters = await groupParameters(services, group);
  const list = parseArguments(supplied);
  const uploads = await findUploads(services, group, mentionedFileIds(list));
  return { version, parameters, list, uploads, participant, config };
}

/**
 * Plans a run, or returns why it cannot be planned.
 *
 * @param phase id of the phase that it belongs to
 * @throws FlowservError 400 for arguments that do not fit the parameters, 404 for an upload that the group does not have
 */
export function planRun(services: Services, id: string, inputs: RunInputs, phase: string | undefined) {
  const { version, parameters, list, uploads } = inputs;
  const specification = specificationOfRun(version);
  const { staticFiles, privateFiles, root } = specification;
  const hasFile = (fileId: string) => uploads.has(fileId);
  const given = castArguments(parameters, list, { hasFile, staticFiles, privateFiles, root });
  return plan(services.config, { ...inputs, id, specification, given, phase });
}

/** What `createRun` stores of the inputs. */
export const partsOfRun = ({ version, list, uploads, participant, config }: RunInputs) => ({
  inputs: inputNames([...uploads.values()]),
  version: version.id,
  engine: version.engine ?? undefined,
  machineArn: stateMachineOf(version, false),
  arguments: list,
  config: participant && config,
});

/** @throws FlowservError 403 if the user has not accepted the rules of the benchmark, or needs an approval */
async function checkParticipant(services: Services, userId: string, group: Group): Promise<void> {
  const { workflowId, version } = group;
  const { participation } = await readVersion(services, workflowId, version);
  await checkApproved(services, workflowId, userId, participation);
  await checkAccepted(services, workflowId, userId, participation);
}

/** A run that cannot be planned takes nothing from the limits of its contest: nothing is executed. */
function claimOfRun(
  services: Services,
  user: Pick<User, 'id'>,
  demands: readonly Demand[],
  document: RunDocument | { failure: string },
): Claim {
  const isFailed = 'failure' in document;
  const quotas = { runsPerDay: 1, vcpuSecondsPerDay: 0, bytes: 0, storedBytesPerDay: 0 };
  const active = isFailed ? {} : { activeRuns: 1 };
  return claim(services, user.id, { ...active, ...quotas }, isFailed ? [] : demands);
}

/**
 * Reads the engine configuration of a participant. A top-level key of the run's configuration replaces that of the
 * group's (flowServ engine specification, effective configuration).
 *
 * @throws FlowservError 400, or 404 if a step is mapped to an unknown worker
 */
function participantConfig(
  { participantConfig: allowed }: WorkflowVersion,
  group: Pick<Group, 'config'>,
  config: Readonly<Record<string, unknown>> | undefined,
): ParticipantConfig | undefined {
  if (allowed === null || allowed.length === 0) {
    if (config !== undefined) parseEngineConfig(config);
    return undefined;
  }
  return { allowed, engine: parseEngineConfig({ ...group.config, ...config }) };
}

/** Files whose names lists of runs show, and characters of their names together. */
const SHOWN_INPUTS = 20;
const SHOWN_INPUTS_LENGTH = 1_000;

/** The names of the first uploads of a run, as many as a list entry holds. */
function inputNames(uploads: readonly Upload[]): string[] {
  let left = SHOWN_INPUTS_LENGTH;
  return uploads.slice(0, SHOWN_INPUTS).flatMap(({ name }) => {
    left -= name.length;
    return left < 0 ? [] : [name];
  });
}

async function findUploads({ table }: Services, group: Group, fileIds: ReadonlySet<string>) {
  if (fileIds.size > MAX_UPLOADS)
    throw invalid('argument.files', `more than ${MAX_UPLOADS} files in one run`);
  const wanted = [...fileIds].filter((id) => id !== '' && id.length <= 64);
  const items = await table.getMany(wanted.map((id) => keys.upload(group.id, id)));
  return new Map(items.map(uploadCodec.read).map((upload) => [upload.id, upload]));
}

function specificationOfRun(version: WorkflowVersion): Specification {
  const { workflow, outputs = [], results } = version.template;
  return specificationOf(version, { workflow, outputs, resultFile: results?.file ?? null });
}

interface Planned extends RunInputs {
  /** Identifier of the run. */
  readonly id: string;
  readonly specification: Specification;
  readonly given: Arguments;
  readonly phase: string | undefined;
}

function plan(
  stage: Config,
  { id: runId, version, specification, parameters, given, uploads, participant, phase }: Planned,
): RunDocument | { failure: string } {
  const { template, config } = version;
  const own = new Set(template.parameters.map(({ name }) => name));
  try {
    const planned = planOf({
      ...specification,
      parameters: template.parameters,
      added: parameters.filter(({ name }) => !own.has(name)),
      given,
      config,
      sizes: stage.steps,
      pricing: stage.pricing,
      participant,
      python: pythonSettings(stage),
    });
    checkTargets(planned, template.parameters, specification);
    return {
      plan: planned,
      inputs: planned.uploads.map((upload) => inputOf(upload, uploads)),
      ...treeRules(specification),
      privateFiles: specification.privateFiles.length > 0,
      ...replacedIn(version, phase),
    };
  } catch (error) {
    if (!(error instanceof FlowservError)) throw error;
    if (error.fault === 'caller') throw error;
    // The text of a command may name private files.
    const isHidden = specification.privateFiles.length > 0 && error.code.startsWith('command.');
    if (isHidden) logWarning('a command of a run cannot be expanded', { runId, reason: error.message });
    return { failure: isHidden ? UNUSABLE_COMMAND : error.message };
  }
}

function inputOf(
  { fileId, path, declared }: RunDocument['plan']['uploads'][number],
  uploads: ReadonlyMap<string, Upload>,
) {
  const upload = uploads.get(fileId);
  if (!upload) throw unknownObject('file', fileId);
  const object = objectKeys.upload(upload.workflowId, upload.groupId, upload.id);
  return { path, object, size: upload.size, sha256: upload.sha256, declared };
}
