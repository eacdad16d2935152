import { below, type Location, report } from '../documents/problem.ts';
import { quotedText } from '../documents/python-text.ts';
import { holdsParticipantCode } from '../engine/participant-code.ts';
import { createProgramCheck } from '../engine/programs.ts';
import type { SerialWorkflow, WorkflowStep } from '../engine/serial-workflow.ts';
import { rootOf } from '../engine/working-folder.ts';
import { filePaths } from '../template/declaration.ts';
import { type FileAccess, pathsByAccess } from '../template/file-access.ts';
import { covers, keptPaths } from '../template/output-paths.ts';
import type { Parameter } from '../template/parameter.ts';
import { splitReferences } from '../template/references.ts';
import type { Template } from '../template/template.ts';
import { warn } from '../template/template-warnings.ts';

/** Types whose values the organiser limits: no participant can write a path with them. */
const BOUNDED_TYPES: readonly Parameter['dtype'][] = ['bool', 'int', 'float', 'select'];

/** Suffixes of files that are usually run, not read. */
const PROGRAM = /\.(?:py|pyc|ipynb|sh|bash|r|jl|pl|rb|js|mjs|cjs|lua|php|jar|class|so|exe)$/i;

/** A template with the parts that these checks compare. */
export interface CheckedTemplate {
  readonly template: Template;
  readonly workflow: SerialWorkflow;
  readonly files: readonly { readonly path: string; readonly access: FileAccess }[];
}

/**
 * Reports conflicts between a template and its private files: outputs and results that would be private files or that
 * an argument names, and private files among the inputs of a step that does not get them. Also warns about possible
 * surprises for the organiser.
 */
export function checkPrivateFiles({ template, workflow, files }: CheckedTemplate, location: Location): void {
  const paths = pathsByAccess(files).private;
  if (paths.length === 0) return;
  const isBounded = new Map(
    template.parameters.map(({ name, dtype }) => [name, BOUNDED_TYPES.includes(dtype)]),
  );
  for (const { path, at } of shownPaths(template, workflow, location)) {
    const file = paths.find((one) => covers(normal(path), one));
    if (file !== undefined) {
      report(
        at,
        `the output '${quotedText(path)}' holds the private file '${file}'; keep them in different folders`,
      );
    }
    const free = splitReferences(path).find(
      (part) => typeof part === 'object' && !part.branches && isBounded.get(part.name) !== true,
    );
    if (typeof free === 'object') {
      const { source } = free;
      report(
        at,
        `the argument ${source} could name any file that a step with private files writes; use a fixed path`,
      );
    }
  }
  for (const step of workflow.steps.filter(holdsParticipantCode)) checkInputs(step, paths, location);
  const programOf = createProgramCheck(programSources({ template, workflow, files }));
  for (const step of workflow.steps) {
    const at = { ...location, path: step.path };
    if (holdsParticipantCode(step)) warnOfStep(step, at);
    else warnOfProgram(step, programOf(step), at);
  }
  warnOfNames(template, paths, location);
}

/** Iterates over the paths that participants can get from a run, as written, some with references. */
function* shownPaths({ outputs = [], results }: Template, workflow: SerialWorkflow, location: Location) {
  for (const [i, { source }] of outputs.entries()) {
    yield { path: source, at: below(below(location, 'outputs'), i) };
  }
  if (results) yield { path: results.file, at: below(location, 'results') };
  for (const path of workflow.outputs) yield { path, at: below(location, 'workflow') };
  for (const step of workflow.steps)
    for (const path of step.outputs) yield { path, at: { ...location, path: step.path } };
}

function checkInputs(
  { name, inputs, path: where }: WorkflowStep,
  paths: readonly string[],
  location: Location,
): void {
  const input = inputs.find((one) => paths.includes(normal(one)));
  if (input === undefined) return;
  const why = "the step may run a participant's code, so it does not get the private file";
  report(
    { ...location, path: where },
    `step '${name}': ${why} '${quotedText(input)}'; remove it from its inputs`,
  );
}

function warnOfStep(step: WorkflowStep, location: Location): void {
  if (step.action.kind === 'actor') return;
  const hint = "name its image in the template and leave out 'expansion: text'";
  const why = `step '${step.name}' gets no private files, since an argument can choose its code`;
  warn(location, 'private.withheld', `${why}; ${hint}`);
}

/** Returns what decides which files of a run a participant may supply. */
export function programSources({ template, workflow, files }: CheckedTemplate) {
  const { known: staticFiles, private: privateFiles } = pathsByAccess(files);
  const { parameters, outputs = [], results } = template;
  const kept = keptPaths(
    outputs.map(({ source }) => source),
    results?.file,
  );
  const root = rootOf(workflow, [...staticFiles, ...privateFiles]);
  return { workflow, parameters, kept, staticFiles, privateFiles, root };
}

function warnOfProgram({ name }: WorkflowStep, program: string | undefined, location: Location): void {
  if (program === undefined) return;
  const what = program === '' ? 'a file from an argument or a pipe' : `'${quotedText(program)}'`;
  const why = `step '${name}' gets no private files, since it runs ${what}, which may be a participant's`;
  const hint = 'run a file of the workflow, or let participants supply a step of their own';
  warn(location, 'private.withheld', `${why}; ${hint}`);
}

/** Warns about what participants can learn about private files, or notice because of them. */
function warnOfNames({ parameters }: Template, paths: readonly string[], location: Location): void {
  for (const [i, parameter] of parameters.entries()) {
    const path = filePaths(parameter).find((one) => paths.includes(one));
    const at = below(below(location, 'parameters'), i);
    if (path !== undefined)
      warn(at, 'private.named', `participants see the name of the private file '${path}' here`);
    const program = filePaths(parameter).find((one) => PROGRAM.test(one));
    if (program !== undefined) {
      const hint = 'let participants supply a step of their own, by an actor parameter';
      const risk = `a step that runs '${program}' runs a participant's code with private files in reach`;
      warn(at, 'private.program', `${risk}; ${hint}`);
    }
  }
  const path = paths.find((one) => !one.includes('/'));
  if (path === undefined) return;
  const why = 'is not in a folder, so participants cannot choose paths for their files';
  warn(location, 'private.unfoldered', `the private file '${path}' ${why}; give it a folder`);
}

/** Removes `.` and empty parts; other checks report other problems of a path. */
const normal = (path: string): string =>
  path
    .split('/')
    .filter((part) => part !== '' && part !== '.')
    .join('/');
