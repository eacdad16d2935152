import type { Config } from '../config.ts';
import { notAuthorized, notLoggedIn } from '../errors.ts';
import type { Caller } from './sessions.ts';

/** Who may perform an action. A member belongs to the group that owns the object. */
type Who = 'anyone' | 'user' | 'member' | 'none';

/** Who may perform an action, depending on its object. */
interface Rule {
  /** On no particular object, or on an object of a group. */
  readonly standard: Who;
  /** On an object of a group if `FLOWSERV_READ_ACCESS` is `public`; as `standard` when absent. */
  readonly whenPublic?: Who;
  /** On an object that belongs to a workflow only, its post-processing; as `standard` when absent. */
  readonly postprocessing?: Who;
  /** True if the action has an object, whose owner decides. */
  readonly object?: true;
}

/**
 * All actions of the API, and who may perform them: `docs/authorization.md` lists them by route. The operator has no
 * rights here; installing workflows and activating accounts need the credentials of the deployment.
 */
const rules = {
  'service:read': { standard: 'anyone' },
  /** Register, activate, log in, reset a password: the request itself contains the proof. */
  'account:enter': { standard: 'anyone' },
  /** The token identifies the session, even if it expired. */
  'session:end': { standard: 'anyone' },
  'session:read': { standard: 'user' },
  'users:list': { standard: 'user' },
  'workflow:read': { standard: 'anyone' },
  /** The files of a workflow's post-processing, through the workflow. */
  'postproc:read': { standard: 'anyone' },
  /** The caller's own groups. */
  'groups:list': { standard: 'user' },
  'groups:create': { standard: 'user' },
  /** The runs of the caller's own groups. */
  'runs:list': { standard: 'user' },
  /** A group's handle. */
  'group:read': { standard: 'member', whenPublic: 'user', object: true },
  /** A group's uploads and runs. */
  'group:list': { standard: 'member', object: true },
  /** Changing a group or its uploads, and starting a run. */
  'group:write': { standard: 'member', object: true },
  'run:read': { standard: 'member', postprocessing: 'user', object: true },
  /** Cancel and delete. */
  'run:write': { standard: 'member', postprocessing: 'none', object: true },
  /** One stored file, by its unguessable id, which only members see. */
  'file:read': { standard: 'anyone', object: true },
  /** All outputs of a run: ids of runs are public on the leaderboard. */
  'archive:read': { standard: 'member', whenPublic: 'anyone', postprocessing: 'anyone', object: true },
} as const satisfies Record<string, Rule>;

export type Action = keyof typeof rules;

/** The group that owns the object, or null for an object of a workflow only: its post-processing. */
export type Owner = { readonly members: readonly { readonly id: string }[] } | null;

type Access = Pick<Config, 'auth' | 'readAccess'>;

/** Whether an action has an object, so that only its owner decides. */
export const isOnObject = (action: Action): boolean => 'object' in rules[action];

/** Whether the action requires a session, whatever its object is. */
export function needsSession(action: Action): boolean {
  const { standard, whenPublic, postprocessing }: Rule = rules[action];
  return ![standard, whenPublic, postprocessing].includes('anyone');
}

/**
 * Allows the action or throws. This function decides every access through the API.
 *
 * @param owner of the object; omitted for actions without an object
 * @throws FlowservError 403
 */
export function authorize(config: Access, caller: Caller, action: Action, owner?: Owner): void {
  if (isAllowed(config, caller, action, owner)) return;
  throw caller ? notAuthorized() : notLoggedIn();
}

/** Whether the action is allowed: for responses that include parts of an object only for some readers. */
export function isAllowed(config: Access, caller: Caller, action: Action, owner?: Owner): boolean {
  const who = whoMay(config, action, owner);
  if (who === 'anyone') return true;
  if (!caller) return false;
  return who === 'user' || (who === 'member' && (config.auth === 'open' || isMember(owner, caller)));
}

function whoMay({ readAccess }: Access, action: Action, owner: Owner | undefined): Who {
  const { standard, whenPublic = standard, postprocessing = standard }: Rule = rules[action];
  if (owner === null) return postprocessing;
  return readAccess === 'public' ? whenPublic : standard;
}

const isMember = (owner: Owner | undefined, { id }: NonNullable<Caller>): boolean =>
  owner?.members.some((member) => member.id === id) ?? false;
