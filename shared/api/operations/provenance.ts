import { runCrateOrder, workflowCrateOrder } from '../../archives/crates.ts';
import { zipDownload } from '../../downloads/run-files.ts';
import { diffRuns } from '../../provenance/diff.ts';
import { readFacts } from '../../provenance/facts.ts';
import { findRun } from '../../runs/run.ts';
import { isActive, wrongState } from '../../runs/state.ts';
import { readOverview } from '../../workflows/overview.ts';
import { readVersion } from '../../workflows/version.ts';
import { operation } from '../operation.ts';
import { ok } from '../operation-result.ts';
import { authorizedRun, requireVisible } from '../visible.ts';
import { sendOnDemand } from './downloads.ts';

/** How results came about. */
export const provenanceOperations = [
  operation('runs:crate', async (request) => {
    const { services, param } = request;
    const run = await findRun(services, param('runId'));
    const { visible } = await authorizedRun(request, run);
    requireVisible(visible, ['scores', 'logs', 'outputs']);
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

  operation('runs:diff', async (request) => {
    const { services, param } = request;
    const runs = await Promise.all([param('runId'), param('otherRunId')].map((id) => findRun(services, id)));
    const allowed = [];
    for (const run of runs) allowed.push(await authorizedRun(request, run));
    for (const { visible } of allowed) requireVisible(visible, ['scores', 'outputs']);
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
