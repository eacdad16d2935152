import { resolve } from 'node:path';
import { ofPosition, stepContainerName } from '../engine/step-container.ts';
import { failure } from './failure.ts';

/**
 * The folders and addresses of a task's program, for one step of the task. The variables are set by the task definition
 * and its overrides.
 */
export interface StagingEnvironment {
  /** The run tree. */
  readonly work: string;
  /** The script, the baseline, and the files that show how `stage` ended; the step cannot write here. */
  readonly ctl: string;
  /** Standard output and error of the commands. */
  readonly log: string;
  /** Base URL of the ticket broker, without a trailing slash. */
  readonly broker: string;
  readonly ticket: string;
  /** Name of the step's container. */
  readonly container: string;
  /** Base URL of the task metadata endpoint (AWS ECS, "task metadata endpoint version 4"); '' for `stage`. */
  readonly metadata: string;
}

/**
 * Reads the variables of the first step of a task, or of a later one, whose ticket the broker gave.
 *
 * @throws the failure `environment` when a variable is missing.
 */
export function readEnvironment(
  env: Readonly<Record<string, string | undefined>>,
  { position, ticket }: { readonly position: number; readonly ticket?: string } = { position: 0 },
): StagingEnvironment {
  const required = (name: string): string => {
    const value = env[name];
    if (!value) throw failure('environment', `the variable ${name} is not set`);
    return value;
  };
  return {
    work: resolve(required(ofPosition('FS_WORK', position))),
    ctl: resolve(required(ofPosition('FS_CTL', position))),
    log: resolve(required(ofPosition('FS_LOG', position))),
    broker: required('FS_BROKER').replace(/(?<!\/)\/+$/, ''),
    ticket: ticket ?? required('FS_TICKET'),
    container: stepContainerName(position),
    metadata: env.ECS_CONTAINER_METADATA_URI_V4 ?? '',
  };
}
