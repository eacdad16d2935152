import type { Config } from '../config.ts';
import { notAuthorized, notLoggedIn } from '../errors.ts';
import type { Caller } from './sessions.ts';

/**
 * What can be done to an object. Every access to a group, its files and its runs is decided here.
 *
 * - `group:read`: the group's handle
 * - `group:list`, `group:write`: its uploads and its runs; changing the group and starting a run are writes
 * - `run:read`, `run:write`: one run; cancel and delete are writes
 * - `file:read`: one stored file, named by its unguessable id
 * - `archive:read`: all result files of a run; run ids are public on the leaderboard
 */
export type Action =
  | 'group:read'
  | 'group:list'
  | 'group:write'
  | 'run:read'
  | 'run:write'
  | 'file:read'
  | 'archive:read';

/** The group that owns the object, or null for what belongs to a workflow only: its post-processing. */
export type Owner = { readonly members: readonly { readonly id: string }[] } | null;

/**
 * Allows the action or throws.
 *
 * @throws FlowservError 403
 */
export function authorize(
  { auth, readAccess }: Pick<Config, 'auth' | 'readAccess'>,
  caller: Caller,
  action: Action,
  owner: Owner,
): void {
  if (action === 'file:read') return;
  if (owner === null) {
    // Post-processing results are public; nobody but the operator changes a post-processing run.
    if (action === 'run:write') throw notAuthorized();
    if (action === 'run:read' && !caller) throw notLoggedIn();
    return;
  }
  if (auth === 'open') return;
  if (readAccess === 'public' && action === 'archive:read') return;
  if (!caller) throw notLoggedIn();
  if (readAccess === 'public' && action === 'group:read') return;
  if (!owner.members.some(({ id }) => id === caller.id)) throw notAuthorized();
}
