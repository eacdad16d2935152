import { type EngineConfig, parseEngineConfig } from '../engine/engine-config.ts';
import { normaliseImage } from '../engine/image-reference.ts';
import { pulledImage } from '../engine/image-source.ts';
import { parseSerialWorkflow } from '../engine/serial-workflow.ts';
import { invalid } from '../errors.ts';
import type { Services } from '../services/services.ts';
import type { Contest } from '../template/contest.ts';
import type { Template } from '../template/template.ts';
import { namedImages } from '../workflows/compile.ts';
import type { WorkflowVersion } from '../workflows/version.ts';

/**
 * What organisers may not install, because an organiser decides which commands the steps run, and so can read whatever
 * they get. The engine configuration itself is always that of the installed version.
 */

/** The operator lets organisers use variables of workers, and images behind logins. */
const isTrusted = ({ config }: WorkflowVersion): boolean => config?.trustOrganisers === true;

/**
 * Rejects versions of a workflow whose steps get variables of workers, and of one with storage volumes or a remote
 * engine in any case: the function that installs does not know these.
 *
 * @param current the installed version, whose settings the new one keeps
 * @throws FlowservError 400 `version.operator`
 */
export function checkSettings(current: WorkflowVersion): void {
  const { workers, volumes } = parseEngineConfig(current.config);
  if (current.engine !== null) throw operatorOnly(`the remote engine '${current.engine}' executes the steps`);
  const all = [...workers.values()];
  const ids = [...all.flatMap((worker) => worker.volume ?? []), ...volumes.keys()];
  if (ids[0] !== undefined) throw operatorOnly(`the steps use the storage volume '${ids[0]}'`);
  const withVariables = isTrusted(current) ? undefined : all.find(({ env }) => env.size > 0);
  if (withVariables === undefined) return;
  const why = `steps get environment variables of the worker '${withVariables.name}'`;
  throw operatorOnly(why, TRUST);
}

/**
 * Rejects a version without the budget of the installed one, or with a larger one: it limits what the operator pays.
 *
 * @throws FlowservError 400 `version.operator`
 */
export function checkBudget(current: WorkflowVersion, contest: Contest | null): void {
  const limit = current.contest?.budget;
  if (limit === undefined || isTrusted(current)) return;
  const { budget } = contest ?? {};
  if (budget !== undefined && budget.perMonth <= limit.perMonth) return;
  throw operatorOnly(
    `the version raises or removes the budget of ${limit.perMonth / MICRO} USD per month`,
    TRUST,
  );
}

/** Micro-dollars of a dollar. */
const MICRO = 1_000_000;

const TRUST = ", or to set 'trustOrganisers: true' in the engine configuration";

/**
 * Rejects images that are pulled with a login of the operator, unless the installed version has them: the login may
 * read every image of its registry.
 *
 * @throws FlowservError 400 `version.operator`
 */
export function checkLogins({ config }: Services, current: WorkflowVersion, template: Template): void {
  if (isTrusted(current)) return;
  const engine = parseEngineConfig(current.config);
  const used = new Set(imagesOf(current.template, engine));
  const behindLogin = imagesOf(template, engine).find((image) => !used.has(image) && needsLogin(image));
  if (behindLogin !== undefined) {
    throw operatorOnly(`the image '${behindLogin}' is pulled with a login of the operator`, TRUST);
  }

  function imagesOf({ workflow, postproc }: Template, workers: EngineConfig): string[] {
    const workflows = [workflow, ...(postproc ? [postproc.workflow] : [])];
    return workflows.flatMap((each) => namedImages(config, parseSerialWorkflow(each), workers));
  }

  function needsLogin(image: string): boolean {
    const { repositoryCredentials } = pulledImage(normaliseImage(image), config.compute.registries, true);
    return repositoryCredentials !== undefined;
  }
}

const operatorOnly = (why: string, orElse = '') =>
  invalid('version.operator', `${why}, so only the operator installs versions; ask for it${orElse}`);
