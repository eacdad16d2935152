import { pathsByAccess } from '../template/file-access.ts';
import type { OutputSpec } from '../template/outputs.ts';
import type { Parameter } from '../template/parameter.ts';
import { resultJson } from '../template/result-json.ts';
import { objectKeys } from '../volumes/keys.ts';
import type { WorkflowVersion } from '../workflows/version.ts';
import type { WorkflowEntry } from '../workflows/workflow.ts';
import {
  type Crate,
  type CrateFile,
  createCrate,
  type Entity,
  fileEntity,
  idOfPath,
  jsonDocument,
  type Profile,
  placeFiles,
  ref,
  refs,
  WORKFLOW_FILE,
} from './crate.ts';
import type { RunFacts } from './facts.ts';
import { publicWorkflow } from './public-workflow.ts';
import { runInputs } from './run-inputs.ts';
import { engineEntities, runSteps } from './run-steps.ts';

/** Everything that the crate of a run is made of. */
export interface RunCrateSource {
  readonly facts: RunFacts;
  readonly entry: WorkflowEntry;
  readonly version: WorkflowVersion;
  /** The group of the run; undefined for post-processing. */
  readonly group: { readonly name: string } | undefined;
  /** The parameters of the group; none for post-processing. */
  readonly parameters: readonly Parameter[];
}

const RUN_ACTION = '#run';

/**
 * Describes an ended run by the profiles Process, Workflow and Provenance Run Crate 0.5. A pure function. It takes
 * only what participants of the run can read by other routes.
 */
export function runCrate(source: RunCrateSource): Crate {
  const { facts, entry, version, group } = source;
  const { run } = facts;
  const text = jsonDocument(publicWorkflow(entry, version));
  const inputs = runInputs(facts, source.parameters, new Set(pathsByAccess(version.files).private));
  const outputs = runOutputs(source);
  const steps = runSteps(facts);
  const agent: Entity[] = group ? [{ '@id': '#group', '@type': 'Organization', name: group.name }] : [];
  const action = runAction(source, refs(inputs.values), refs(outputs.values));
  const ended = run.finishedAt ?? run.createdAt;
  const profiles: Profile[] = [
    'process',
    'workflowRun',
    ...(steps.tools.length > 0 ? ['provenance' as const] : []),
    'workflow',
  ];
  return createCrate(
    {
      name: `Run ${run.id} of ${entry.name}`,
      description: `A run of the workflow ${entry.name} that ended as ${run.state}`,
      datePublished: ended,
      profiles,
      mentions: refs([action, ...steps.actions]),
    },
    {
      text,
      properties: {
        name: entry.name,
        version: version.id,
        ...(entry.description === null ? {} : { description: entry.description }),
        input: refs(inputs.parameters),
        output: refs(outputs.parameters),
        ...(steps.tools.length === 0 ? {} : { hasPart: refs(steps.tools), step: refs(steps.howTos) }),
      },
    },
    {
      files: [...inputs.files, ...outputs.files].map(storedOnly),
      entities: [
        ...agent,
        action,
        ...engineEntities(steps.controls, action['@id']),
        ...steps.controls,
        ...steps.actions,
        ...steps.howTos,
        ...steps.tools,
        ...steps.images,
        ...inputs.parameters,
        ...outputs.parameters,
        ...inputs.values,
        ...outputs.values,
      ],
    },
  );
}

/** Milliseconds are all that a time has, and all that the profile recommends. */
const crateTime = (timestamp: string): string => timestamp.replace(/(\.\d{3})\d+/, '$1');

const storedOnly = ({ path, size, sha256, object }: CrateFile): CrateFile => ({ path, size, sha256, object });

function runAction(
  { facts: { run }, entry, group }: RunCrateSource,
  object: readonly unknown[],
  result: readonly unknown[],
): Entity {
  const isDone = run.state === 'SUCCESS';
  const messages = run.messages ?? [];
  return {
    '@id': RUN_ACTION,
    '@type': 'CreateAction',
    name: `Run of ${entry.name}`,
    description: `Run ${run.id} of the workflow ${entry.name}`,
    identifier: run.id,
    instrument: ref(WORKFLOW_FILE),
    ...(group ? { agent: ref('#group') } : {}),
    ...(run.startedAt === undefined ? {} : { startTime: crateTime(run.startedAt) }),
    ...(run.finishedAt === undefined ? {} : { endTime: crateTime(run.finishedAt) }),
    actionStatus: `http://schema.org/${isDone ? 'Completed' : 'Failed'}ActionStatus`,
    ...(isDone || messages.length === 0 ? {} : { error: messages.join('\n') }),
    object,
    result,
  };
}

/** The outputs of a run, those that the template names as examples of a formal parameter, and its ranked values. */
function runOutputs({ facts, version: { template }, group }: RunCrateSource) {
  const { run } = facts;
  const specs = (group ? template.outputs : template.postproc?.outputs) ?? [];
  const files = placeFiles('outputs', facts.files).map((file) => ({
    ...file,
    object: objectKeys.runFile(run.workflowId, run.id, file.id),
  }));
  const bySource = new Map(specs.map((spec) => [spec.source, spec]));
  const named = files.map((file) => ({ file, spec: bySource.get(file.source) }));
  const parameters = named.flatMap(({ file, spec }, index) =>
    spec ? [outputParameter(`#output-${index + 1}`, spec, file.path)] : [],
  );
  const values = named.map(({ file, spec }, index) =>
    fileEntity(file, {
      name: spec?.title ?? file.source,
      ...(spec?.caption === undefined ? {} : { description: spec.caption }),
      ...(spec ? { exampleOfWork: ref(`#output-${index + 1}`) } : {}),
    }),
  );
  return { files, parameters, values: [...values, ...rankedValues(facts, template.results?.columns ?? [])] };
}

const outputParameter = (id: string, { key }: OutputSpec, path: string): Entity => ({
  '@id': id,
  '@type': 'FormalParameter',
  conformsTo: ref('https://bioschemas.org/profiles/FormalParameter/1.0-RELEASE'),
  name: key,
  additionalType: 'File',
  workExample: ref(idOfPath(path)),
});

function rankedValues({ values }: RunFacts, columns: readonly Parameters<typeof resultJson>[0][]): Entity[] {
  if (!values) return [];
  return columns
    .filter(({ name }) => Object.hasOwn(values, name))
    .map((column, index) => ({
      '@id': `#value-${index + 1}`,
      '@type': 'PropertyValue',
      name: column.name,
      value: resultJson(column, values),
    }));
}
