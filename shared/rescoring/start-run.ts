import { FlowservError } from '../errors.ts';
import { findGroup } from '../groups/group.ts';
import { newId } from '../ids.ts';
import { createRun } from '../runs/create.ts';
import { readArguments } from '../runs/documents/arguments.ts';
import { readRunConfig } from '../runs/documents/config.ts';
import type { RunDocument } from '../runs/documents/plan.ts';
import { findRun, type Run } from '../runs/run.ts';
import { partsOfRun, planRun, type RunInputs, readRunInputs } from '../runs/start.ts';
import type { Services } from '../services/services.ts';
import { conditionally } from '../store/conditional.ts';
import { alive } from '../store/expressions.ts';
import { keys } from '../store/keys.ts';
import { noteUse } from '../uploads/remove.ts';
import { problemOf } from './create.ts';
import { failRun } from './fail-run.ts';
import { type RescoredRun, type RescoreRequest, rescoredRunCodec, unchanged } from './request.ts';

/**
 * Starts the run that scores another one again: with the arguments and the configuration of that run, by the current
 * version of the workflow. It takes nothing from quotas and limits. What it needs and was deleted since makes it fail.
 *
 * The transaction that creates the run also says so in the request, so a run is started once. If the request changed
 * meanwhile, nothing happens.
 */
export async function startRescoringRun(
  services: Services,
  request: RescoreRequest,
  entry: RescoredRun,
): Promise<void> {
  const { table } = services;
  const { workflowId, number, active } = request;
  const { runId, groupId } = entry;
  const id = newId();
  const prepared = await prepare(services, request, entry, id);
  if ('failure' in prepared) return failRun(services, request, entry, prepared.failure);
  const { run, inputs, document } = prepared;
  const by = { set: { active: [...active, { runId, by: id }], position: runId }, add: { revision: 1 } };
  const begun: RescoredRun = { ...entry, state: 'running', by: id };
  await conditionally(
    createRun(services, {
      ...{ id, workflowId, groupId, tags: run.tags },
      ...(run.userId === undefined ? {} : { userId: run.userId }),
      rescoring: {
        rescore: number,
        rescoredFrom: runId,
        submittedAt: run.submittedAt ?? run.createdAt,
      },
      ...partsOfRun(inputs),
      phase: run.phase,
      document,
      writes: [
        table.write.update(keys.rescore(workflowId, number), by, unchanged(request)),
        table.write.put(rescoredRunCodec.write(keys.rescoredRun(workflowId, number, runId), begun)),
        table.write.update(keys.run(runId), { set: { rescoredBy: id } }, alive),
      ],
    }),
  );
}

interface Prepared {
  readonly run: Run;
  readonly inputs: RunInputs;
  readonly document: RunDocument;
}

/** Prepares the run. Whatever its original or the current version no longer permits becomes the reason of the failure. */
async function prepare(
  services: Services,
  { workflowId }: RescoreRequest,
  { runId, groupId }: RescoredRun,
  id: string,
): Promise<Prepared | { readonly failure: string }> {
  try {
    const group = await findGroup(services, groupId, workflowId);
    const run = await findRun(services, runId);
    const problem = problemOf(run);
    if (problem !== undefined) return { failure: `the run ${problem}` };
    const supplied = await readArguments(services, runId);
    const inputs = await readRunInputs(services, group, supplied, await readRunConfig(services, runId));
    const document = planRun(services, id, inputs, run.phase);
    if ('failure' in document) return document;
    await noteUse(services, inputs.uploads.values());
    return { run, inputs, document };
  } catch (error) {
    if (!(error instanceof FlowservError)) throw error;
    return { failure: error.message };
  }
}
