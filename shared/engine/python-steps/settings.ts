import type { Config } from '../../config.ts';
import { invalid } from '../../errors.ts';
import type { Worker } from '../engine-config.ts';
import type { CodeAction, NotebookAction } from '../python-action.ts';

/** What a stage provides for code and notebook steps. */
export interface PythonSettings {
  /** Image of code steps that name none. */
  readonly codeImage: string;
  /** Whether steps reach a package index: on a local server the worker decides. */
  readonly installs: 'always' | 'never' | 'worker';
}

/** Returns the settings of a stage. */
export const pythonSettings = ({
  compute,
  endpoints,
}: Pick<Config, 'compute' | 'endpoints'>): PythonSettings => ({
  codeImage: compute.codeImage,
  // Only a local server has an endpoint of its own for the container service.
  installs: compute.network === 'isolated' ? 'never' : endpoints.ecs === undefined ? 'always' : 'worker',
});

/**
 * Returns the image of a code or notebook step as its template, its worker or the stage names it.
 *
 * @throws FlowservError 400 `workflow.step-type` for a notebook step without an image.
 */
export function imageOfPython(
  { kind, image }: CodeAction | NotebookAction,
  step: string,
  worker: Worker,
  { codeImage }: PythonSettings,
): string {
  const named = image ?? worker.image;
  if (named !== undefined) return named;
  if (kind === 'code' || worker.packages.length > 0) return codeImage;
  const hint =
    "add 'environment: <image>' with papermill and a Jupyter kernel to its action, or map it to a worker of type 'nbdocker'";
  throw invalid('workflow.step-type', `step '${step}': a notebook step needs an image; ${hint}`);
}

/** Returns the packages that are installed before a notebook runs. */
export const requirementsOf = (
  { requirements }: Pick<NotebookAction, 'requirements'>,
  { packages }: Pick<Worker, 'packages'>,
): readonly string[] => [...packages, ...requirements];

/** @throws FlowservError 400 `workflow.step-type` for packages that the step could not install. */
export function checkInstalls(
  action: CodeAction | NotebookAction,
  step: string,
  worker: Pick<Worker, 'network' | 'packages'>,
  { installs }: PythonSettings,
): void {
  if (action.kind !== 'notebook' || requirementsOf(action, worker).length === 0) return;
  if (installs === 'always' || (installs === 'worker' && worker.network)) return;
  const needed = worker.packages.length > 0 ? 'the packages of its worker' : 'its requirements';
  const why = `step '${step}': ${needed} cannot be installed, because `;
  const instead =
    worker.packages.length > 0
      ? "use an image with papermill and a worker of type 'notebook'"
      : "install them in the image of the step, and leave out 'requirements'";
  const reason =
    installs === 'never'
      ? `steps of this stage reach no package index; ${instead}`
      : `its worker gives it no network; map the step to a worker with 'network: true', or ${instead}`;
  throw invalid('workflow.step-type', why + reason);
}
