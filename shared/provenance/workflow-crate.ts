import { objectKeys } from '../volumes/keys.ts';
import type { WorkflowVersion } from '../workflows/version.ts';
import type { Workflow, WorkflowEntry } from '../workflows/workflow.ts';
import { type Crate, createCrate, type Entity, fileEntity, jsonDocument, placeFiles, refs } from './crate.ts';
import { publicWorkflow } from './public-workflow.ts';

/** Everything that the crate of a workflow is made of. */
export interface WorkflowCrateSource {
  readonly workflow: Pick<Workflow, 'id' | 'version' | 'createdAt'>;
  readonly entry: WorkflowEntry;
  readonly version: WorkflowVersion;
}

/**
 * Describes the current version of a workflow by the profile Workflow RO-Crate 1.0. A pure function. Of the static
 * files, it takes the public ones.
 */
export function workflowCrate({ workflow, entry, version }: WorkflowCrateSource): Crate {
  const shared = version.files.filter(({ access }) => access === 'public');
  const files = placeFiles('files', shared).map(({ path, size, sha256, source }) => ({
    path,
    size,
    sha256,
    source,
    object: objectKeys.staticFile(workflow.id, version.id, sha256),
  }));
  const parameters = version.template.parameters.map(
    ({ name, label }, index): Entity => ({
      '@id': `#parameter-${index + 1}`,
      '@type': 'FormalParameter',
      name,
      additionalType: 'PropertyValue',
      ...(label === undefined ? {} : { description: label }),
    }),
  );
  return createCrate(
    {
      name: entry.name,
      description: entry.description ?? `The workflow ${entry.name}`,
      datePublished: workflow.createdAt,
      profiles: ['workflow'],
    },
    {
      text: jsonDocument(publicWorkflow(entry, version)),
      properties: { name: entry.name, version: version.id, input: refs(parameters) },
    },
    {
      files: files.map(({ path, size, sha256, object }) => ({ path, size, sha256, object })),
      entities: [...parameters, ...files.map((file) => fileEntity(file, { name: file.source }))],
    },
  );
}
