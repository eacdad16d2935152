import { runCrateOrder, workflowCrateOrder } from '../../archives/crates.ts';
import { zipDownload } from '../../downloads/run-files.ts';
import { diffRuns } from '../../provenance/diff.ts';
import { readFacts } from '../../provenance/facts.ts';
import { findOwner } from '../../runs/owner.ts';
import { findRun } from '../../runs/run.ts';
import { isActive, wrongState } from '../../runs/state.ts';
import { readOverview } from '../../workflows/overview.ts';
import { readVersion } from '../../workflows/version.ts';
import { operation } from '../operation.ts';
import { ok } from '../operation-result.ts';
import { sendOnDemand } from './downloads.ts';

/** How results came about. */
export const provenanceOperations = [
  operation('runs:crate', async (request) => {
    const { services, authorize, param } = request;
    const run = await findRun(services, param('runId'));
    await authorize((await findOwner(services, run)).owner);
    if (isActive(run.state)) throw wrongState('run.active', run.state);
    const order = await runCrateOrder(services, run);
    return sendOnDemand(request, zipDownload(order.wanted, 'run.crate.zip'), order);
  }),

  operation('workflows:crate', async (request) => {
    const { services, param } = request;
    const { workflow, entry } = await readOverview(services, param('workflowId'));
    const order = workflowCrateOrder(workflow, entry);
    return sendOnDemand(request, zipDownload(order.wanted, 'workflow.crate.zip'), order);
  }),

  operation('runs:diff', async ({ services, authorize, param }) => {
    const runs = await Promise.all([param('runId'), param('otherRunId')].map((id) => findRun(services, id)));
    const owners = await Promise.all(runs.map((run) => findOwner(services, run)));
    for (const { owner } of owners) await authorize(owner);
    const different = new Map(runs.map((run) => [run.id, run]));
    const facts = await readFacts(services, [...different.values()]);
    const sides = await Promise.all(
      facts.map(async (one) => {
        const { template } = await readVersion(services, one.run.workflowId, one.run.version);
        return { facts: one, schema: template.results };
      }),
    );
    const [first, second = first] = sides;
    if (!first || !second) throw new Error('a comparison needs two runs');
    return ok(diffRuns(first, second));
  }),
];
