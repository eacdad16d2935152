import { below, type Place, type Problem } from '../documents/problem.ts';
import { isMapping, toPythonValue } from '../documents/python-value.ts';
import { checkWorkflow } from '../engine/workflow-check.ts';
import { postprocParameters } from '../template/postproc.ts';
import { readTemplate } from '../template/template.ts';
import { parameterWarnings } from './check-parameters.ts';
import { checkPrivateFiles } from './check-private.ts';
import { handOverWarnings } from './hand-over-check.ts';

/** Everything that can be said about a template before it is installed. */
export interface TemplateCheck {
  /** What keeps it from being installed, in the order in which it is found; the first decides the error. */
  readonly problems: readonly Problem[];
  /** What the organiser should know although it can be installed. */
  readonly warnings: readonly Problem[];
}

/**
 * Checks a template in one pass: its sections, its workflow with every command, and its post-processing, whose
 * problems are warnings, for the benchmark works without it.
 *
 * @param document plain data, as `readDocumentFile` gives it.
 * @param files static files of the source, as far as they are known.
 * @throws FlowservError 400 only when the document is no plain data or nests too deep to be looked at.
 */
export function checkTemplate(
  document: unknown,
  files: Parameters<typeof checkPrivateFiles>[0]['files'] = [],
): TemplateCheck {
  const place: Place = { path: '', problems: [] };
  const value = toPythonValue(document);
  const template = readTemplate(value, place);
  const { parameters, postproc } = template;
  const spec = isMapping(value) ? value.workflow : undefined;
  const checked = isMapping(spec) ? checkWorkflow(spec, parameters, below(place, 'workflow')) : undefined;
  const ofPostproc = postproc ? postprocWarnings(postproc) : [];
  const { workflow, warnings = [] } = checked ?? {};
  const ofPrivate = workflow ? checkPrivateFiles({ template, workflow, files }, place) : [];
  const ofParameters = workflow ? parameterWarnings({ template, workflow }) : [];
  const staticFiles = files.map(({ path }) => path);
  // Paths that cannot be used are problems already.
  const ofFiles =
    workflow && place.problems.length === 0 ? handOverWarnings({ ...template, workflow, staticFiles }) : [];
  return {
    problems: place.problems,
    warnings: [...warnings, ...ofParameters, ...ofPrivate, ...ofFiles, ...ofPostproc],
  };
}

function postprocWarnings(postproc: Parameters<typeof postprocParameters>[0]): readonly Problem[] {
  const place: Place = { path: 'postproc.workflow', problems: [] };
  const { warnings } = checkWorkflow(postproc.workflow, postprocParameters(postproc), place);
  return [...place.problems, ...warnings];
}
