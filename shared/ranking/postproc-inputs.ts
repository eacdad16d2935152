import type { Warning } from '../documents/warning.ts';
import { pythonSettings } from '../engine/python-steps/settings.ts';
import { invalid } from '../errors.ts';
import { type RunFile, runFilesCodec } from '../runs/documents/files.ts';
import type { RunDocument, RunInput } from '../runs/documents/plan.ts';
import { planOf } from '../runs/planning.ts';
import { replacedIn, specificationOf, treeRules } from '../runs/static-files.ts';
import type { Services } from '../services/services.ts';
import { keys } from '../store/keys.ts';
import { largeText } from '../store/large-text.ts';
import { collectedFile, postprocParameters, postprocRunsPath } from '../template/postproc.ts';
import { resultJson } from '../template/result-json.ts';
import type { ResultColumn } from '../template/result-schema.ts';
import { objectKeys } from '../volumes/keys.ts';
import type { WorkflowVersion } from '../workflows/version.ts';
import type { LeaderboardEntry } from './leaderboard.ts';

/** Thrown when a ranked run was deleted since the ranking was created. */
export class RankedRunGone extends Error {
  override readonly name = 'RankedRunGone';
}

/** The reason why planning failed. */
export interface Unprepared {
  readonly failure: string;
  readonly warnings?: readonly Warning[];
}

/**
 * Plan and inputs of a post-processing run: the wanted files of every ranked run as `<runs>/<run id>/<file>`, and
 * `<runs>/runs.json`, which lists the runs in their ranking order with their values on the leaderboard (flowServ
 * engine specification, post-processing input). The inputs refer to the kept objects of the runs and are never
 * copied.
 *
 * @returns the plan, or for a ranked run without one of the files the reason: the first such file, and all of them
 * @throws FlowservError 400 when planning fails for another reason
 * @throws RankedRunGone
 */
export async function planPostproc(
  services: Services,
  workflowId: string,
  version: WorkflowVersion,
  ranking: readonly LeaderboardEntry[],
  runId: string,
): Promise<RunDocument | Unprepared> {
  const { postproc, outputs = [] } = version.template;
  if (!postproc) throw invalid('postproc.absent', 'the workflow has no post-processing');
  const specification = specificationOf(version, {
    workflow: postproc.workflow,
    outputs: postproc.outputs ?? [],
    resultFile: null,
  });
  const plan = planOf({
    ...specification,
    parameters: postprocParameters(postproc),
    given: new Map(),
    config: version.config,
    sizes: services.config.steps,
    pricing: services.config.pricing,
    python: pythonSettings(services.config),
  });
  const folder = postprocRunsPath(postproc);
  const wanted = postproc.inputs.files;
  const kept = await keptFiles(services, ranking);
  const missing: string[] = [];
  const inputs = ranking.flatMap((entry) => {
    const files = kept.get(entry.runId);
    if (!files) throw new RankedRunGone(`run ${entry.runId} is gone`);
    return wanted.flatMap((name): RunInput | [] => {
      const file = collectedFile(files, name, outputs);
      if (!file) {
        missing.push(`run ${entry.runId} of group '${entry.groupName}' has no file '${name}'`);
        return [];
      }
      return {
        path: `${folder}/${entry.runId}/${name}`,
        object: objectKeys.runFile(workflowId, entry.runId, file.id),
        size: file.size,
        sha256: file.sha256,
        declared: true,
      };
    });
  });
  const [first] = missing;
  if (first !== undefined) {
    return {
      failure: first,
      warnings: missing.map((message) => ({ code: 'postproc.file-missing', message })),
    };
  }
  const columns = version.template.results?.columns ?? [];
  const list = ranking.map((entry) => ({
    id: entry.runId,
    name: entry.groupName,
    files: wanted,
    results: resultsOf(entry, columns),
  }));
  const body = Buffer.from(JSON.stringify(list), 'utf8');
  const object = objectKeys.runFile(workflowId, runId, 'runs.json');
  const sha256 = await services.objects.write('data', object, body, 'application/json');
  const index = { path: `${folder}/runs.json`, object, size: body.length, sha256, declared: true };
  const privateFiles = postproc.private === true && specification.privateFiles.length > 0;
  const phase = ranking[0]?.phase;
  return {
    ...{ plan, inputs: [index, ...inputs], ...treeRules(specification), privateFiles },
    ...replacedIn(version, phase),
  };
}

/** The values of the leaderboard by column, cast by the result schema: files may hold text instead of a number. */
const resultsOf = ({ values }: LeaderboardEntry, columns: readonly ResultColumn[]) =>
  Object.fromEntries(columns.map((column) => [column.name, resultJson(column, values)]));

/** The kept files of the runs that still exist: each SUCCESS has a list of them. */
async function keptFiles({ table, objects }: Services, ranking: readonly LeaderboardEntry[]) {
  const files = new Map<string, readonly RunFile[]>();
  const items = await table.getMany(ranking.map(({ runId }) => keys.document(keys.run(runId), 'files')));
  for (const item of items) {
    const text = await largeText(objects, item);
    if (text !== undefined) files.set(item.pk.slice(keys.run('').pk.length), runFilesCodec.read(text));
  }
  return files;
}
