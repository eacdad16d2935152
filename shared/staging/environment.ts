import { resolve } from 'node:path';
import { failure } from './failure.ts';

/** The folders and addresses of a task's program. The variables are set by the task definition and its overrides. */
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
  /** Base URL of the task metadata endpoint (AWS ECS, "task metadata endpoint version 4"); '' for `stage`. */
  readonly metadata: string;
}

/** @throws the failure `environment` when a variable is missing. */
export function readEnvironment(env: Readonly<Record<string, string | undefined>>): StagingEnvironment {
  const required = (name: string): string => {
    const value = env[name];
    if (!value) throw failure('environment', `the variable ${name} is not set`);
    return value;
  };
  return {
    work: resolve(required('FS_WORK')),
    ctl: resolve(required('FS_CTL')),
    log: resolve(required('FS_LOG')),
    broker: required('FS_BROKER').replace(/(?<!\/)\/+$/, ''),
    ticket: required('FS_TICKET'),
    metadata: env.ECS_CONTAINER_METADATA_URI_V4 ?? '',
  };
}
