import type { PythonMapping, PythonValue } from '../documents/python-value.ts';
import { parameterKinds } from '../engine/commands/value-kind.ts';
import { parseEngineConfig } from '../engine/engine-config.ts';
import { normaliseImage } from '../engine/image-reference.ts';
import type { ParticipantConfig } from '../engine/participant-sizes.ts';
import { planRun } from '../engine/plan.ts';
import { createProgramCheck } from '../engine/programs.ts';
import type { PythonSettings } from '../engine/python-steps/settings.ts';
import type { PlannedStep, RunPlan } from '../engine/run-plan.ts';
import { parseSerialWorkflow } from '../engine/serial-workflow.ts';
import { stepScript } from '../engine/step-script.ts';
import { invalid } from '../errors.ts';
import type { Pricing } from '../price-settings.ts';
import type { StepSizes } from '../step-size.ts';
import type { Arguments } from '../template/arguments.ts';
import { keptPaths } from '../template/output-paths.ts';
import type { OutputSpec } from '../template/outputs.ts';
import type { Parameter } from '../template/parameter.ts';
import { createScope, defaultFileCopies } from '../template/scope.ts';
import type { Root } from '../template/static-paths.ts';
import { expansionContext } from './expansion.ts';

/**
 * 1 MiB: the script is part of each page of a step's inputs, which may have 6 MB (AWS Lambda quotas), most of it for
 * links.
 */
const SCRIPT_BYTES = 1024 * 1024;

export interface PlanningInput {
  readonly workflow: PythonMapping;
  /** Parameters of the template. */
  readonly parameters: readonly Parameter[];
  /** Parameters that a group added to the template's, for the steps that participants supply. */
  readonly added?: readonly Parameter[];
  readonly given: Arguments;
  /** Engine configuration, or null for the engine's defaults. */
  readonly config: unknown;
  /** Sizes of steps in the deployment. */
  readonly sizes: StepSizes;
  /** Prices of steps in the deployment. */
  readonly pricing: Pricing;
  /** What participants may configure for the steps that they supply, and what they did. */
  readonly participant?: ParticipantConfig | undefined;
  readonly outputs: readonly OutputSpec[];
  readonly resultFile: string | null;
  /** Static files that participants may know, the private ones, and what steps take from the root. */
  readonly staticFiles?: readonly string[];
  readonly privateFiles?: readonly string[];
  readonly root?: Root;
  /** What the stage provides for code and notebook steps. */
  readonly python: PythonSettings;
}

/**
 * Makes the plan of a run from a template's workflow specification and the arguments for its parameters. Joins the
 * template language and the engine, which do not know each other.
 *
 * @throws FlowservError 400
 */
export function planOf(input: PlanningInput): RunPlan {
  const { parameters, given, added = [], staticFiles = [], privateFiles = [], root = [] } = input;
  const workflow = parseSerialWorkflow(input.workflow);
  const templateOutputs = input.outputs.map(({ source }) => source);
  const kept = keptPaths(templateOutputs, input.resultFile);
  const sources = { workflow, parameters, kept, staticFiles, privateFiles, root };
  const names = new Set(added.map(({ name }) => name));
  const own: Arguments = new Map([...given].filter(([name]) => !names.has(name)));
  const plan = planRun({
    workflow,
    context: expansionContext(parameters, own),
    arguments: new Map([...own].map(([name, { value }]) => [name, value])),
    added: {
      context: expansionContext([...parameters, ...added], given),
      values: valuesOf(added, given),
    },
    kinds: parameterKinds(parameters),
    engine: parseEngineConfig(input.config ?? {}),
    sizes: input.sizes,
    pricing: input.pricing,
    participant: input.participant,
    templateOutputs,
    resultFile: input.resultFile,
    programOf: createProgramCheck(sources),
    // A group's declaration gives no right to replace a static file or a copy of one.
    uploads: [...given.values()].flatMap(({ name, files }) =>
      files.map(({ fileId, targetPath, declared }) => ({
        fileId,
        path: targetPath,
        declared: declared && !names.has(name),
      })),
    ),
    copies: defaultFileCopies(parameters, given),
    staticFiles,
    privateFiles,
    python: input.python,
  });
  for (const step of plan.steps) if (!step.skipped) checkStep(step);
  return plan;
}

/** Effective values of the parameters that have a value. */
function valuesOf(parameters: readonly Parameter[], given: Arguments): ReadonlyMap<string, PythonValue> {
  const scope = createScope(parameters, given);
  const known = parameters.filter(({ name, defaultValue }) => given.has(name) || defaultValue !== undefined);
  return new Map(known.map(({ name }) => [name, scope.value(name)]));
}

/** Finds now what would fail when the step starts: an invalid image reference or a script that is too long. */
function checkStep(step: PlannedStep): void {
  normaliseImage(step.image);
  if (Buffer.byteLength(stepScript(step)) > SCRIPT_BYTES) {
    throw invalid('argument.too-long', `the commands of step '${step.name}' have more than 1 MiB`);
  }
}
