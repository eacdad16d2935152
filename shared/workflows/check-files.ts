import { didYouMean, nearestPath } from '../documents/nearest-name.ts';
import { below, type Location, takesWarnings } from '../documents/problem.ts';
import { quotedText } from '../documents/python-text.ts';
import { hasWildcard } from '../documents/wildcard.ts';
import { parameterKinds } from '../engine/commands/value-kind.ts';
import { isParticipants } from '../engine/participant-code.ts';
import type { SerialWorkflow } from '../engine/serial-workflow.ts';
import { filePaths } from '../template/declaration.ts';
import { type Postproc, postprocParameters, postprocRunsPath } from '../template/postproc.ts';
import type { Template } from '../template/template.ts';
import { warn } from '../template/template-warnings.ts';
import { createLookup, createMentions, normal } from './known-paths.ts';

interface Checked {
  readonly template: Template;
  readonly workflow: SerialWorkflow;
  /** The workflow of the post-processing, if it can run. */
  readonly postproc?: SerialWorkflow | undefined;
  /** Paths of the static files; undefined if unknown. */
  readonly staticFiles: readonly string[] | undefined;
}

/** The workflow of a template or of its post-processing, with the files that exist when its runs start. */
interface Part {
  readonly workflow: SerialWorkflow;
  readonly parameters: Template['parameters'];
  readonly given: readonly string[];
}

/**
 * Warns about files that a template names but that neither its source nor a step has: inputs, defaults of file
 * parameters, outputs, the result file, and files that post-processing collects.
 *
 * @param location of the template
 */
export function warnOfFiles(
  { template, workflow, postproc, staticFiles }: Checked,
  location: Location,
): void {
  const { parameters, outputs = [], results } = template;
  const given = [...(staticFiles ?? []), ...parameters.flatMap(filePaths)];
  const part = { workflow, parameters, given };
  const shown = outputs.map(({ source }) => source);
  if (staticFiles) {
    warnOfInputs(part, shown, below(location, 'workflow'));
    warnOfDefaults(template, [...staticFiles, ...declaredBy(workflow), ...shown], location);
  }
  warnOfOutputs(part, shown, results?.file, below(location, 'outputs'));
  if (results) warnOfResult(part, results.file, shown, below(below(location, 'results'), 'file'));
  const section = template.postproc;
  if (!section) return;
  warnOfCollected(section, outputs, workflow, below(location, 'postproc'));
  if (postproc) warnOfPostproc(section, postproc, staticFiles, below(location, 'postproc'));
}

function warnOfPostproc(
  section: Postproc,
  workflow: SerialWorkflow,
  staticFiles: readonly string[] | undefined,
  location: Location,
): void {
  const given = [...(staticFiles ?? []), postprocRunsPath(section)];
  const part = { workflow, parameters: postprocParameters(section), given };
  const shown = (section.outputs ?? []).map(({ source }) => source);
  if (staticFiles) warnOfInputs(part, shown, below(location, 'workflow'));
  warnOfOutputs(part, shown, undefined, below(location, 'outputs'));
}

const declaredBy = (workflow: SerialWorkflow): string[] => [
  ...workflow.outputs,
  ...workflow.steps.flatMap((step) => step.outputs),
];

/** Checks inputs, each path once. An earlier step that names the path may make it without declaring it. */
function warnOfInputs({ workflow, given }: Part, shown: readonly string[], location: Location): void {
  const known = createLookup([...given, ...declaredBy(workflow), ...shown]);
  const warned = new Set<string>();
  const check = (inputs: readonly string[], at: Location, mentioned: (path: string) => boolean) => {
    for (const [index, path] of inputs.entries()) {
      if (!takesWarnings(location)) return;
      if (hasWildcard(path) || path.includes('$[[')) continue;
      if (warned.has(path) || known.has(path) || mentioned(path)) continue;
      warned.add(path);
      const hint = didYouMean(nearestPath(normal(path), known.paths)) || '; check its path';
      const why = `neither the source nor a step has the file '${quotedText(path)}'`;
      warn(below(at, index), 'file.missing', why + hint);
    }
  };
  const files = below(location, workflow.grammar === 'legacy' ? 'inputs' : 'files');
  check(workflow.inputs, below(files, workflow.grammar === 'legacy' ? 'files' : 'inputs'), () => false);
  const before = createMentions({ steps: [], parameters: new Map() });
  for (const step of workflow.steps) {
    check(step.inputs, { ...location, path: step.path.replace(/\.action$/, '.files.inputs') }, before.has);
    before.add({ steps: [step], parameters: workflow.parameters });
  }
}

/** Checks the default files of file parameters. */
function warnOfDefaults({ parameters }: Template, paths: readonly string[], location: Location): void {
  const known = createLookup(paths);
  for (const [index, parameter] of parameters.entries()) {
    if (!takesWarnings(location)) return;
    const path = parameter.dtype === 'file' ? parameter.defaultValue : undefined;
    if (typeof path !== 'string' || known.has(path)) continue;
    const at = below(below(below(location, 'parameters'), index), 'defaultValue');
    const hint =
      didYouMean(nearestPath(path, known.paths)) || '; add it to the source, or leave out the default';
    warn(at, 'file.missing', `neither the source nor a step has the file '${quotedText(path)}'${hint}`);
  }
}

/** Checks the `outputs` of a template or of its post-processing, if the steps declare theirs. */
function warnOfOutputs(
  part: Part,
  shown: readonly string[],
  resultFile: string | undefined,
  location: Location,
): void {
  const declared = declaredBy(part.workflow);
  if (declared.length === 0 || mayWriteUnlisted(part)) return;
  const known = createLookup([...declared, ...part.given, ...(resultFile === undefined ? [] : [resultFile])]);
  const mentioned = createMentions(part.workflow).has;
  for (const [index, path] of shown.entries()) {
    if (!takesWarnings(location)) return;
    if (known.has(path) || mentioned(path)) continue;
    const hint =
      didYouMean(nearestPath(normal(path), known.paths)) || "; list it under 'files.outputs' of a step";
    warn(
      below(below(location, index), 'source'),
      'output.undeclared',
      `no step makes '${quotedText(path)}'${hint}`,
    );
  }
}

function warnOfResult(part: Part, file: string, shown: readonly string[], location: Location): void {
  const known = createLookup([...declaredBy(part.workflow), ...shown]);
  if (known.has(file) || createMentions(part.workflow).has(file) || mayWriteUnlisted(part)) return;
  const hint =
    didYouMean(nearestPath(file, known.paths)) ||
    "; list it under 'files.outputs' of the step that writes it";
  const why = `no step makes '${quotedText(file)}', so that no run is ranked`;
  warn(location, 'result.undeclared', why + hint);
}

/** Checks the files that post-processing collects from a run: files that the run keeps, by path or key. */
function warnOfCollected(
  { inputs }: Postproc,
  outputs: NonNullable<Template['outputs']>,
  workflow: SerialWorkflow,
  location: Location,
): void {
  const keys = outputs.flatMap(({ key, source }) => [key, source]);
  const known = createLookup(keys.length > 0 ? keys : workflow.outputs);
  const at = below(below(location, 'inputs'), 'files');
  for (const [index, file] of inputs.files.entries()) {
    if (!takesWarnings(location)) return;
    if (known.covers(file)) continue;
    const hint = didYouMean(nearestPath(file, known.paths)) || "; list it under 'outputs'";
    warn(below(at, index), 'postproc.input', `no run keeps a file '${quotedText(file)}'${hint}`);
  }
}

/** Whether a participant's step may write files that the template does not list for it. */
function mayWriteUnlisted({ workflow, parameters }: Part): boolean {
  const kinds = parameterKinds(parameters);
  return workflow.steps.some((step) => step.outputs.length === 0 && isParticipants(step, workflow, kinds));
}
