import type { Pricing } from '../price-settings.ts';
import type { StepSizes } from '../step-size.ts';
import type { ValueKind } from './commands/value-kind.ts';
import type { EngineConfig, Worker } from './engine-config.ts';
import type { ExpansionContext } from './expansion-context.ts';
import type { ParticipantConfig } from './participant-sizes.ts';
import type { PythonSettings } from './python-steps/settings.ts';
import type { PlannedStep, PlannedUpload, RunPlan } from './run-plan.ts';
import type { SerialWorkflow, WorkflowStep } from './serial-workflow.ts';

export interface PlanInput {
  readonly workflow: SerialWorkflow;
  /** Expands references to the template's parameters. */
  readonly context: ExpansionContext;
  /** Supplied arguments by parameter name, as the template casts them. */
  readonly arguments: ReadonlyMap<string, unknown>;
  /** Parameters that the group added to the template's; only steps that participants supply can use them. */
  readonly added: {
    /** Expands references to the template's parameters and the added ones. */
    readonly context: ExpansionContext;
    /** Values of the added parameters: the argument, else the default. */
    readonly values: ReadonlyMap<string, unknown>;
  };
  /** Kind of value of each parameter of the template; a group's own parameters are free text. */
  readonly kinds: ReadonlyMap<string, ValueKind>;
  readonly engine: EngineConfig;
  /** Sizes of the deployment. */
  readonly sizes: StepSizes;
  /** Prices of steps in the deployment; without them the steps have none. */
  readonly pricing?: Pricing | undefined;
  /** What participants may configure for the steps that they supply, and what they did. */
  readonly participant?: ParticipantConfig | undefined;
  /** Sources of the template's `outputs`. If not empty, a run keeps exactly these files. */
  readonly templateOutputs: readonly string[];
  readonly resultFile: string | null;
  /**
   * Returns the file that a step runs and that a participant may supply (`createProgramCheck`), given the worker's
   * variables.
   */
  readonly programOf: (step: WorkflowStep, fixed: ReadonlyMap<string, string>) => string | undefined;
  readonly uploads: readonly PlannedUpload[];
  readonly copies: RunPlan['copies'];
  /** Paths of the static files that all steps get, and of those that only the organiser's steps get. */
  readonly staticFiles: readonly string[];
  readonly privateFiles: readonly string[];
  /** What the stage provides for code and notebook steps. */
  readonly python: PythonSettings;
}

/** Values shared by all steps of a run. */
export interface Planning {
  readonly input: PlanInput;
  /** Variables of the template's own commands. */
  readonly variables: ReadonlyMap<string, string>;
  /** The same with their types. */
  readonly values: ReadonlyMap<string, unknown>;
  readonly kinds: ReadonlyMap<string, ValueKind>;
  readonly runOutputs: readonly string[];
  /** All outputs of the workflow and the template, for steps that do not declare their own. */
  readonly sharedOutputs: readonly string[];
  readonly resultFile: string | null;
}

/** What a step may refer to: only steps that participants supply can use the added parameters. */
export interface Known {
  readonly context: ExpansionContext;
  readonly variables: ReadonlyMap<string, string>;
  readonly values: ReadonlyMap<string, unknown>;
}

/** A step that is being planned, with what is decided about it already. */
export interface PlanPlace {
  readonly step: WorkflowStep;
  readonly worker: Worker;
  readonly known: Known;
  readonly planning: Planning;
  /** The planned steps before it. */
  readonly earlier: readonly PlannedStep[];
  readonly participantCode: boolean;
  /** Whether the step is the participant's. */
  readonly isTheirs: boolean;
}
