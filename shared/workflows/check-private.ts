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

/** Types whose values the organiser bounds: no participant can write a path with one. */
const BOUNDED_TYPES: readonly Parameter['dtype'][] = ['bool', 'int', 'float', 'select'];

/** Files that are more likely run than read. */
const PROGRAM = /\.(?:py|pyc|ipynb|sh|bash|r|jl|pl|rb|js|mjs|cjs|lua|php|jar|class|so|exe)$/i;

interface Checked {
  readonly template: Template;
  readonly workflow: SerialWorkflow;
  readonly files: readonly { readonly path: string; readonly access: FileAccess }[];
}

/**
 * Reports where a template and its private files do not go together: outputs and results that would be private files
 * or that an argument names, and private files among the inputs of a step that does not get them. Warns of what else the
 * organiser should know.
 */
export function checkPrivateFiles({ template, workflow, files }: Checked, location: Location): void {
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
        `the argument ${source} could name anything that a step with private files leaves; write a path`,
      );
    }
  }
  for (const step of workflow.steps.filter(holdsParticipantCode)) checkInputs(step, paths, location);
  const programOf = createProgramCheck(sourcesOf({ template, workflow, files }));
  for (const step of workflow.steps) {
    const at = { ...location, path: step.path };
    if (holdsParticipantCode(step)) warnOfStep(step, at);
    else warnOfProgram(step, programOf(step), at);
  }
  warnOfNames(template, paths, location);
}

/** Everything that participants get of a run: paths as written, some with references. */
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
  const why = "the step may run a participant's code, so that it does not get the private file";
  report(
    { ...location, path: where },
    `step '${name}': ${why} '${quotedText(input)}'; take it off its inputs`,
  );
}

function warnOfStep(step: WorkflowStep, location: Location): void {
  if (step.action.kind === 'actor') return;
  const mend = "name its image in the template and leave out 'expansion: text'";
  const why = `step '${step.name}' gets no private files, since an argument can choose its code`;
  warn(location, 'private.withheld', `${why}; ${mend}`);
}

function sourcesOf({ template, workflow, files }: Checked) {
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
  const what = program === '' ? 'a file that an argument or a pipe brings' : `'${quotedText(program)}'`;
  const why = `step '${name}' gets no private files, since it runs ${what}, which may be a participant's`;
  const mend = 'run a file of the workflow, or let participants bring a step of their own';
  warn(location, 'private.withheld', `${why}; ${mend}`);
}

/** What participants learn of private files, or notice because of them. */
function warnOfNames({ parameters }: Template, paths: readonly string[], location: Location): void {
  for (const [i, parameter] of parameters.entries()) {
    const path = filePaths(parameter).find((one) => paths.includes(one));
    const at = below(below(location, 'parameters'), i);
    if (path !== undefined)
      warn(at, 'private.named', `participants see the name of the private file '${path}' here`);
    const program = filePaths(parameter).find((one) => PROGRAM.test(one));
    if (program !== undefined) {
      const mend = 'let participants bring a step of their own, by an actor parameter';
      const risk = `a step that runs '${program}' runs a participant's code with private files in reach`;
      warn(at, 'private.program', `${risk}; ${mend}`);
    }
  }
  const path = paths.find((one) => !one.includes('/'));
  if (path === undefined) return;
  const why = 'is in no folder, so that participants cannot choose paths for their files';
  warn(location, 'private.unfoldered', `the private file '${path}' ${why}; give it a folder`);
}

/** Without `.` and empty parts; what else is wrong with a path is found elsewhere. */
const normal = (path: string): string =>
  path
    .split('/')
    .filter((part) => part !== '' && part !== '.')
    .join('/');
