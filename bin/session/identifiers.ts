import type { Environment } from './location.ts';

/** Variables that replace absent options. */
export const variables = {
  workflow: 'FLOWSERV_APP',
  group: 'FLOWSERV_GROUP',
  token: 'FLOWSERV_ACCESS_TOKEN',
  stack: 'FLOWSERV_STACK',
} as const;

const missing = (what: string, remedy: string) =>
  new Error(`missing configuration for ${what}: ${remedy} (see --help)`);

/** The workflow: the option, else the variable (flowServ command line, general rules). @throws Error */
export function workflowId(option: string | undefined, env: Environment): string {
  const id = option || env[variables.workflow];
  if (!id) throw missing('workflow identifier', `use -w or set ${variables.workflow}`);
  return id;
}

/**
 * Returns the group: the option, else its variable, else the workflow's variable, since an application has a group
 * with the same identifier (flowServ command line, general rules).
 *
 * @throws Error
 */
export function groupId(option: string | undefined, env: Environment): string {
  const id = option || env[variables.group] || env[variables.workflow];
  if (!id) throw missing('submission (group) identifier', `use -g or set ${variables.group}`);
  return id;
}

/** @throws Error */
export function accessToken(env: Environment): string {
  const token = env[variables.token];
  if (!token) throw missing('access token', 'run `eval $(flowserv login)`');
  return token;
}
