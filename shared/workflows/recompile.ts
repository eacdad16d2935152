import { parseEngineConfig } from '../engine/engine-config.ts';
import { parseSerialWorkflow, type SerialWorkflow } from '../engine/serial-workflow.ts';
import { FlowservError, invalid, unknownObject } from '../errors.ts';
import { auditWrite } from '../roles/audit.ts';
import type { Services } from '../services/services.ts';
import { ConditionFailed } from '../store/conditional.ts';
import { alive, all, madeAt } from '../store/expressions.ts';
import { keys } from '../store/keys.ts';
import { unknownVolume } from './check-volumes.ts';
import {
  compiledStateMachine,
  compilePostproc,
  compileWorkflow,
  ensureTaskDefinitions,
  stateMachineSettings,
} from './compile.ts';
import { readStateMachines, type StateMachines, stateMachinesCodec } from './state-machines.ts';
import { readVersions, type WorkflowVersion } from './version.ts';
import { findWorkflow, type Workflow, workflowEntryCodec } from './workflow.ts';

export interface RecompileOptions {
  /** True to only find out which workflows would be compiled again. */
  readonly dryRun?: boolean | undefined;
}

/** A workflow that was checked. */
export interface Recompilation {
  readonly id: string;
  /** Why its runs need different state machines; empty if it is up to date. */
  readonly reasons: readonly string[];
  /** Why it cannot be compiled. */
  readonly failure?: string;
}

/**
 * Compiles the versions of a workflow again, from their stored form, if a deployment or a release changed the input of
 * their state machines. Runs that are admitted afterwards use the new state machines, admitted runs keep theirs. It can
 * be repeated and interrupted at any point: state machines are named by their content, and only the last write of a
 * version counts.
 *
 * @throws FlowservError 404, or 400 for a workflow that this release cannot read
 */
export async function recompileWorkflow(
  services: Services,
  workflowId: string,
  options: RecompileOptions = {},
): Promise<Recompilation> {
  const workflow = await findWorkflow(services, workflowId);
  const reasons = new Set<string>();
  for (const version of await readVersions(services, workflowId)) {
    for (const reason of await recompileVersion(services, workflow, version, options)) reasons.add(reason);
  }
  return { id: workflowId, reasons: [...reasons] };
}

/**
 * Compiles all workflows again, one by one. A workflow that cannot be compiled is reported and does not stop the rest.
 */
export async function* recompileAll(
  services: Services,
  options: RecompileOptions = {},
): AsyncGenerator<Recompilation> {
  for await (const item of services.table.range(keys.workflowEntries())) {
    const { id } = workflowEntryCodec.read(item);
    try {
      yield await recompileWorkflow(services, id, options);
    } catch (error) {
      if (!(error instanceof FlowservError)) throw error;
      if (error.status !== 404) yield { id, reasons: [], failure: error.message };
    }
  }
}

/** Returns the workflows that must be compiled again, or cannot be. Changes nothing. */
export async function findDueWorkflows(services: Services): Promise<Recompilation[]> {
  const due: Recompilation[] = [];
  for await (const found of recompileAll(services, { dryRun: true })) {
    if (found.reasons.length > 0 || found.failure !== undefined) due.push(found);
  }
  return due;
}

/** @returns why it was compiled again */
async function recompileVersion(
  services: Services,
  { id: workflowId, createdAt }: Workflow,
  version: WorkflowVersion,
  { dryRun }: RecompileOptions,
): Promise<string[]> {
  const { table, config } = services;
  // The operator may have removed one, and earlier releases ignored their names. A 404 would mean that the workflow is
  // gone.
  const unknown = unknownVolume(config.volumes, parseEngineConfig(version.config));
  if (unknown !== undefined) throw invalid('workflow.volume', unknown);
  const { machine, postprocMachine } =
    (await readStateMachines(services, { workflowId, versionId: version.id })) ?? version;
  const workflows = workflowsOf(version);
  const reasons = workflows.steps ? await reasonsFor(services, machine, workflows.steps, version.config) : [];
  if (workflows.postproc && postprocMachine !== null) {
    reasons.push(...(await reasonsFor(services, postprocMachine, workflows.postproc, version.config)));
  }
  if (dryRun) return reasons;
  if (reasons.length === 0) {
    if (workflows.steps) await ensureTaskDefinitions(services, workflows.steps, version.config);
    return [];
  }
  const stateMachines: StateMachines = {
    machine: workflows.steps ? await compileWorkflow(services, workflows.steps, version.config) : '',
    postprocMachine: (await compilePostproc(services, workflows.postproc, version.config)).machine,
  };
  try {
    await table.transact([
      // Must not restore a deleted workflow, nor change a new one with the same identifier.
      table.write.check(keys.workflow(workflowId), all(alive, madeAt(createdAt))),
      table.write.put(stateMachinesCodec.write(keys.stateMachines(workflowId, version.id), stateMachines)),
      auditWrite(services, workflowId, {
        actor: 'operator',
        action: 'workflow.recompile',
        object: { type: 'workflow', id: workflowId },
        detail: `version ${version.number}: ${reasons.join(', ')}`,
      }),
    ]);
  } catch (error) {
    if (!(error instanceof ConditionFailed)) throw error;
    throw unknownObject('workflow', workflowId);
  }
  return reasons;
}

/**
 * Returns the workflows of a version that have state machines: its steps, unless a remote engine executes them, and
 * post-processing if it was valid when installed.
 */
function workflowsOf({ template, engine, postprocMachine }: WorkflowVersion) {
  const postproc = postprocMachine === null ? undefined : template.postproc?.workflow;
  return {
    steps: engine === null ? parseSerialWorkflow(template.workflow) : undefined,
    postproc: postproc && parseSerialWorkflow(postproc),
  };
}

/** Returns why a state machine is outdated and, as far as possible, which setting changed. */
async function reasonsFor(
  services: Services,
  stateMachineArn: string,
  steps: SerialWorkflow,
  engineConfig: unknown,
): Promise<string[]> {
  const { config, executions } = services;
  const wanted = compiledStateMachine(config, steps, parseEngineConfig(engineConfig));
  const { next, settle, cluster } = stateMachineSettings(config.compute);
  if (accountRegionOf(stateMachineArn) !== accountRegionOf(next))
    return ['it was compiled in another account or region'];
  const found = await executions.findStateMachine(stateMachineArn);
  if (!found) return ['its state machine does not exist'];
  if (nameOf(stateMachineArn) === wanted.name) return [];
  const names = (arn: string) => found.definition.includes(JSON.stringify(arn));
  const changed = [
    ...(found.roleArn === wanted.roleArn ? [] : ['the role of state machines changed']),
    ...(names(next) ? [] : ["the function 'next-step' changed"]),
    ...(names(settle) ? [] : ["the function 'settle-run' changed"]),
    ...(names(cluster) ? [] : ['the cluster changed']),
  ];
  return changed.length > 0 ? changed : ['this release compiles workflows differently'];
}

/** Region and account of an ARN: `arn:<partition>:<service>:<region>:<account>:…`. */
const accountRegionOf = (arn: string): string => arn.split(':').slice(3, 5).join(':');

/** The name at the end of a state machine's ARN. */
const nameOf = (arn: string): string => arn.slice(arn.lastIndexOf(':') + 1);
