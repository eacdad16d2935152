import type { Config } from '../config.ts';
import { notAuthorized, notLoggedIn } from '../errors.ts';
import type { Caller } from './sessions.ts';

/** Whom an action is open to. A member is one of the group that the object belongs to. */
type Who = 'anyone' | 'user' | 'member' | 'nobody';

/** Who may do something, by what it is done to. */
interface Rule {
  /** To no particular object, or to one that belongs to a group. */
  readonly standard: Who;
  /** To what belongs to a group where `FLOWSERV_READ_ACCESS` is `public`; as `standard` when absent. */
  readonly whenPublic?: Who;
  /** To what belongs to a workflow only, its post-processing; as `standard` when absent. */
  readonly postprocessing?: Who;
  /** True where the action is done to an object, whose owner decides. */
  readonly object?: true;
}

/**
 * Everything that can be done through the API, and by whom: `docs/authorization.md` shows it route by route. The
 * operator has no rights here; installing workflows and activating accounts need the credentials of the deployment.
 */
const rules = {
  'service:read': { standard: 'anyone' },
  /** Register, activate, log in, reset a password: what is shown there is the proof itself. */
  'account:enter': { standard: 'anyone' },
  /** Whose session it is says the token, also one that has expired. */
  'session:end': { standard: 'anyone' },
  'session:read': { standard: 'user' },
  'users:list': { standard: 'user' },
  'workflow:read': { standard: 'anyone' },
  /** The files of a workflow's post-processing, over the workflow. */
  'postproc:read': { standard: 'anyone' },
  /** The caller's own groups. */
  'groups:list': { standard: 'user' },
  'groups:create': { standard: 'user' },
  /** A group's handle. */
  'group:read': { standard: 'member', whenPublic: 'user', object: true },
  /** A group's uploads and runs. */
  'group:list': { standard: 'member', object: true },
  /** Changing a group or its uploads, and starting a run. */
  'group:write': { standard: 'member', object: true },
  'run:read': { standard: 'member', postprocessing: 'user', object: true },
  /** Cancel and delete. */
  'run:write': { standard: 'member', postprocessing: 'nobody', object: true },
  /** One stored file, by its unguessable id, which members see only. */
  'file:read': { standard: 'anyone', object: true },
  /** All result files of a run: ids of runs are public on the leaderboard. */
  'archive:read': { standard: 'member', whenPublic: 'anyone', postprocessing: 'anyone', object: true },
} as const satisfies Record<string, Rule>;

export type Action = keyof typeof rules;

/** The group that owns the object, or null for what belongs to a workflow only: its post-processing. */
export type Owner = { readonly members: readonly { readonly id: string }[] } | null;

type Access = Pick<Config, 'auth' | 'readAccess'>;

/** Whether an action is done to an object, so that only its owner decides. */
export const isOnObject = (action: Action): boolean => 'object' in rules[action];

/** Whether nobody without a session can do this, whatever it is done to. */
export function needsSession(action: Action): boolean {
  const { standard, whenPublic, postprocessing }: Rule = rules[action];
  return ![standard, whenPublic, postprocessing].includes('anyone');
}

/**
 * Allows the action or throws. Every access through the API is decided here.
 *
 * @param owner of the object; left out for actions that are done to none
 * @throws FlowservError 403
 */
export function authorize(config: Access, caller: Caller, action: Action, owner?: Owner): void {
  if (isAllowed(config, caller, action, owner)) return;
  throw caller ? notAuthorized() : notLoggedIn();
}

/** Whether the action is allowed: for answers that show some of an object to all who may read it. */
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
