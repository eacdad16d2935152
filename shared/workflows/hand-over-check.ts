import { below, type Location } from '../documents/problem.ts';
import { foldersAbove } from '../documents/relative-path.ts';
import { parameterKinds } from '../engine/commands/value-kind.ts';
import { declaredOutputs } from '../engine/declared-outputs.ts';
import { isParticipants } from '../engine/participant-code.ts';
import { pathsIn } from '../engine/paths-in-action.ts';
import type { SerialWorkflow, WorkflowStep } from '../engine/serial-workflow.ts';
import { rootOf } from '../engine/working-folder.ts';
import { FlowservError } from '../errors.ts';
import { filePaths } from '../template/declaration.ts';
import { covers, keptPaths } from '../template/output-paths.ts';
import type { Parameter } from '../template/parameter.ts';
import { collectReferences } from '../template/references.ts';
import { closedFolders, dropReason } from '../template/static-paths.ts';
import type { Template } from '../template/template.ts';
import { warn } from '../template/template-warnings.ts';

interface Checked extends Pick<Template, 'parameters' | 'outputs' | 'results'> {
  readonly workflow: SerialWorkflow;
  /** Paths of the static files. */
  readonly staticFiles: readonly string[];
  /** Code that steps run and no file has, of which the organiser is warned already. */
  readonly missing?: ReadonlySet<string> | undefined;
  /** Engine configuration. */
  readonly config?: unknown;
}

/** A path in a command: names and slashes, without characters that the shell interprets. */
const PATH = /^[\w.][\w./-]*$/;
const BETWEEN_WORDS = /[\s"'`;|&()<>=,:{}$[\]]+/;
const REDIRECTION = />>?\s*([\w./-]+)/g;

/**
 * Warns about how files pass from step to step: participants' steps whose files reach no scorer, or that run after it,
 * paths beside static files where no step can write, and images that a participant chooses.
 *
 * @param location of the workflow
 */
export function warnOfHandOver(checked: Checked, location: Location): void {
  for (const [index, step] of checked.workflow.steps.entries()) {
    const at = { ...location, path: step.path };
    warnOfNothingDeclared(checked, step, index, at);
    warnOfLastStep(checked, step, index, at);
    warnOfChosenImage(checked.parameters, step, at);
  }
  warnOfClosedLocations(checked, location);
}

function warnOfNothingDeclared(
  { workflow, parameters, outputs = [], results }: Checked,
  step: WorkflowStep,
  index: number,
  location: Location,
): void {
  const next = workflow.steps[index + 1];
  const kinds = parameterKinds(parameters);
  if (!isParticipants(step, workflow, kinds) || !next || isParticipants(next, workflow, kinds)) return;
  const organisers = workflow.steps.filter((other) => !isParticipants(other, workflow, kinds));
  const own = new Set([...organisers.flatMap((other) => other.outputs), results?.file]);
  const shared = [...workflow.outputs, ...outputs.map(({ source }) => source)].filter(
    (path) => !own.has(path),
  );
  if (step.outputs.length > 0 || shared.length > 0) return;
  const hint = `list what it makes under 'files.outputs' of the step, or in the 'outputs' of the workflow`;
  const why = `step '${step.name}' is a participant's and declares no outputs`;
  warn(
    location,
    'participant.nothing',
    `${why}, so that step '${next.name}' gets none of its files; ${hint}`,
  );
}

/**
 * A participant's step after the organiser's steps can write the result file itself if it lists that file, or if the
 * organiser's steps do not write it. It cannot if a later step of the organiser writes the file again.
 */
function warnOfLastStep(
  { workflow, parameters, results }: Checked,
  step: WorkflowStep,
  index: number,
  location: Location,
): void {
  const kinds = parameterKinds(parameters);
  const isYours = (other: WorkflowStep) => !isParticipants(other, workflow, kinds);
  if (!results || isYours(step)) return;
  const { file } = results;
  const before = workflow.steps.slice(0, index).filter(isYours).at(-1);
  const after = workflow.steps.slice(index + 1).filter(isYours);
  const lists = step.outputs.some((path) => covers(path, file));
  const isMadeAnew = lists ? after.some((other) => makes(other, workflow, file)) : after.length > 0;
  if (!before || isMadeAnew) return;
  const risk = `step '${step.name}' is a participant's and runs after '${before.name}', so that it can write the result '${file}' itself`;
  warn(location, 'participant.last', `${risk}; add a scoring step of yours after it`);
}

/** Whether a step shows that it makes a file: by its outputs, or in a command or a variable of a command. */
function makes({ outputs, action }: WorkflowStep, { parameters }: SerialWorkflow, file: string): boolean {
  if (outputs.some((path) => covers(path, file))) return true;
  const commands = pathsIn(action);
  const variables = [...parameters].filter(([, value]) => value === file).map(([name]) => name);
  const names = commands.flatMap((command) => command.split(BETWEEN_WORDS));
  return names.includes(file) || variables.some((name) => names.includes(name));
}

function warnOfChosenImage(
  parameters: readonly Parameter[],
  { name, action }: WorkflowStep,
  location: Location,
): void {
  if (action.kind === 'actor' || action.image === null) return;
  const references = collectReferences(action.image);
  const free = parameters.find((parameter) => references.has(parameter.name) && parameter.dtype !== 'select');
  if (!free) return;
  const risk = `step '${name}' runs in an image that the argument '${free.name}' chooses, with programs of its own`;
  warn(location, 'image.chosen', `${risk}; make it a select parameter`);
}

function warnOfClosedLocations(
  { workflow, parameters, outputs = [], results, ...source }: Checked,
  location: Location,
): void {
  const { staticFiles, missing, config } = source;
  const kept = keptPaths(
    outputs.map((output) => output.source),
    results?.file,
  );
  const declared = [...outputsOf(workflow, kept), ...parameters.flatMap(filePaths)];
  const root = rootOf(workflow, staticFiles, config);
  const handOver = { closed: closedFolders(staticFiles, root), declared, leaves: null, others: [] };
  const known = new Set(staticFiles.flatMap((file) => [file, ...foldersAbove(file)]));
  const isGiven = (path: string) =>
    known.has(path) || missing?.has(path) || declared.some((output) => output.startsWith(`${path}/`));
  const paths = mentionedPaths(workflow, root === 'closed').filter((path) => !isGiven(path));
  for (const path of paths) {
    const reason = dropReason(handOver, path);
    if (reason === undefined) continue;
    warn(below(location, 'files'), 'file.dropped', `no step can leave '${path}' for a later one: ${reason}`);
  }
}

/** Returns the declared outputs; if they are invalid, none, because each run reports that. */
function outputsOf(workflow: SerialWorkflow, kept: readonly string[]): string[] {
  try {
    return declaredOutputs(workflow, kept);
  } catch (error) {
    if (!(error instanceof FlowservError)) throw error;
    return [];
  }
}

/** Returns the paths that the organiser's commands and variables name without references or wildcards, normalised. */
function mentionedPaths(workflow: SerialWorkflow, onlyWritten: boolean): string[] {
  const actions = workflow.steps.flatMap(({ action }) => (action.kind === 'container' ? [action] : []));
  const commands = actions.flatMap((action) => action.commands);
  const written = commands.flatMap((command) =>
    [...command.matchAll(REDIRECTION)].map(([, path = '']) => path),
  );
  const values = [...workflow.parameters.values()].filter((value) => typeof value === 'string');
  const words = onlyWritten ? [] : [...commands, ...values].flatMap((text) => text.split(BETWEEN_WORDS));
  const paths = [...written, ...words.filter((word) => word.includes('/'))].filter((path) => PATH.test(path));
  const normal = paths.map((path) => path.split('/').filter((name) => name !== '' && name !== '.'));
  return [...new Set(normal.filter((names) => !names.includes('..')).map((names) => names.join('/')))];
}
