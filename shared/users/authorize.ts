import type { Config } from '../config.ts';
import { notAuthorized, notLoggedIn } from '../errors.ts';
import { includesRole, type Role } from '../roles/names.ts';
import { readRole } from '../roles/role.ts';
import type { Table } from '../store/table.ts';
import type { TokenScope } from './api-token.ts';
import type { Caller } from './sessions.ts';

/** Who may perform an action. A member belongs to the group that owns the object; invited are its members, too. */
type Who = 'anyone' | 'user' | 'member' | 'invited' | 'owner' | 'none';

/** Who may perform an action, depending on its object. */
interface Rule {
  /** On no particular object, or on an object of a group. */
  readonly standard: Who;
  /** On an object of a group if `FLOWSERV_READ_ACCESS` is `public`; as `standard` when absent. */
  readonly whenPublic?: Who;
  /** On an object that belongs to a workflow only, its post-processing; as `standard` when absent. */
  readonly postprocessing?: Who;
  /** The least role in the object's workflow that may perform it in any case; none when absent. */
  readonly role?: Role;
  /** True if the action changes something. */
  readonly changes?: true;
  /** Which API tokens may perform it: none, or those that are not limited to one workflow; all when absent. */
  readonly tokens?: 'none' | 'unlimited';
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
  'session:end': { standard: 'anyone', tokens: 'none' },
  'session:read': { standard: 'user' },
  /** What is stored of the caller, and its deletion. */
  'account:export': { standard: 'user', tokens: 'none' },
  'account:delete': { standard: 'user', changes: true, tokens: 'none' },
  'tokens:manage': { standard: 'user', changes: true, tokens: 'none' },
  'users:list': { standard: 'user', tokens: 'unlimited' },
  'workflow:read': { standard: 'anyone' },
  /** The files of a workflow's post-processing, through the workflow. */
  'postproc:read': { standard: 'anyone' },
  /** What the caller needs to take part in a benchmark. */
  'participation:read': { standard: 'user' },
  /** Accepting rules, or asking for approval: only in person. */
  'participation:change': { standard: 'user', changes: true, tokens: 'none' },
  'participants:decide': { standard: 'none', role: 'organiser', changes: true, object: true },
  /** All groups and runs of a workflow, and who takes part in it. */
  'workflow:list': { standard: 'none', role: 'viewer', object: true },
  /** Scoring runs again by the current version. */
  'workflow:rescore': { standard: 'none', role: 'organiser', changes: true, object: true },
  /** An archive of the submissions of all groups, with what a contest hides. */
  'submissions:archive': { standard: 'none', role: 'organiser', changes: true, object: true },
  'submissions:read': { standard: 'none', role: 'organiser', object: true },
  /** Repeating post-processing that failed. */
  'postproc:retry': { standard: 'none', role: 'organiser', changes: true, object: true },
  /** Installing versions of a workflow, which decide what its steps run. */
  'workflow:install': { standard: 'none', role: 'organiser', changes: true, object: true },
  /** Results, logs, outputs and leaderboards that a contest hides from its participants. */
  'hidden:read': { standard: 'none', role: 'organiser', object: true },
  /** Who has a role in a workflow. */
  'members:read': { standard: 'none', role: 'viewer', object: true },
  /** Who did what with the rights of a role. */
  'audit:read': { standard: 'none', role: 'viewer', object: true },
  /** What runs used and cost. */
  'usage:read': { standard: 'none', role: 'viewer', object: true },
  /** Removing the own role. */
  'members:leave': { standard: 'none', role: 'viewer', changes: true, tokens: 'none', object: true },
  /** Not by a token, so that a role outlives no token by which it was given. */
  'members:write': { standard: 'none', role: 'owner', changes: true, tokens: 'none', object: true },
  /** The caller's own groups, and the caller's own invitations. */
  'groups:list': { standard: 'user' },
  'groups:create': { standard: 'user', changes: true },
  /** The runs of the caller's own groups. */
  'runs:list': { standard: 'user' },
  /** A group's handle. */
  'group:read': { standard: 'member', whenPublic: 'user', role: 'viewer', object: true },
  /** A group's uploads and runs. */
  'group:list': { standard: 'member', role: 'viewer', object: true },
  /** Changing a group, but not its members, or its uploads, and starting a run. */
  'group:write': { standard: 'member', changes: true, object: true },
  /** Not by a token either: a membership would outlive the token by which it was given. */
  'group:members': { standard: 'member', changes: true, tokens: 'none', object: true },
  /** Handing a group over to another member. */
  'group:hand-over': { standard: 'owner', changes: true, tokens: 'none', object: true },
  /** Becoming a member of a group, or declining; withdrawing an invitation needs `group:members`, too. */
  'invitation:answer': { standard: 'invited', changes: true, tokens: 'none', object: true },
  'run:read': { standard: 'member', postprocessing: 'user', role: 'viewer', object: true },
  /**
   * What the steps of a run print. Post-processing may print the files of any group, and has no members: everyone reads it
   * only on a server without accounts.
   */
  'run:logs': { standard: 'member', role: 'viewer', object: true },
  /** Everything that the steps of a run wrote, also of steps that get private files. */
  'run:output': { standard: 'none', role: 'organiser', object: true },
  'run:cancel': {
    standard: 'member',
    postprocessing: 'none',
    role: 'organiser',
    changes: true,
    object: true,
  },
  'run:delete': { standard: 'member', postprocessing: 'none', changes: true, object: true },
  /** Withdrawing a run from the ranking, and returning it. */
  'run:withdraw': { standard: 'member', postprocessing: 'none', changes: true, object: true },
  /** Decisions about the ranking, pausing submissions, and announcements. */
  'moderation:write': { standard: 'none', role: 'organiser', changes: true, object: true },
  /** The webhooks of a workflow, whose addresses may be secrets, and what they sent. */
  'webhooks:read': { standard: 'none', role: 'organiser', object: true },
  /** Not by a token: a webhook would outlive the token by which it was created. */
  'webhooks:write': { standard: 'none', role: 'organiser', changes: true, tokens: 'none', object: true },
  /** About what the caller gets mail. */
  'subscription:read': { standard: 'user' },
  'subscription:change': { standard: 'user', changes: true, tokens: 'none' },
  /** Reasons of organisers that are not public. */
  'moderation:reasons': { standard: 'none', role: 'organiser', object: true },
  /** One stored file, by its unguessable id, which only members see. */
  'file:read': { standard: 'anyone', object: true },
  /** All outputs of a run: ids of runs are public on the leaderboard. */
  'archive:read': {
    standard: 'member',
    whenPublic: 'anyone',
    postprocessing: 'anyone',
    role: 'viewer',
    object: true,
  },
} as const satisfies Record<string, Rule>;

export type Action = keyof typeof rules;

/**
 * What an object belongs to: a group, or only a workflow, which has no `members` here. Of an action without an object,
 * the workflow in its path.
 */
export interface Owner {
  readonly workflowId: string;
  readonly members?: readonly { readonly id: string }[];
  readonly invitations?: readonly { readonly id: string }[] | undefined;
  /** The member who owns the group. */
  readonly ownerId?: string;
}

/** By what an action is allowed: by the rule for everyone and for members of groups, or only by the caller's role. */
export type Ground = 'rule' | 'role';

interface Access {
  readonly config: Pick<Config, 'auth' | 'readAccess'>;
  readonly table: Pick<Table, 'get'>;
}

/** Whether an action has an object, so that only its owner decides. */
export const isOnObject = (action: Action): boolean => 'object' in rules[action];

/** Whether the action changes something. */
export const isChange = (action: Action): boolean => 'changes' in rules[action];

/** Whether the action requires a session, whatever its object is. */
export function needsSession(action: Action): boolean {
  const { standard, whenPublic, postprocessing }: Rule = rules[action];
  return ![standard, whenPublic, postprocessing].includes('anyone');
}

/**
 * Allows the action or throws. This function decides every access through the API. It reads the caller's role in the
 * workflow only if nothing else allows the action.
 *
 * @param owner of the object; omitted for actions without an object and without a workflow
 * @returns by what it is allowed
 * @throws FlowservError 403
 */
export async function authorize(
  access: Access,
  caller: Caller,
  action: Action,
  owner?: Owner,
): Promise<Ground> {
  const ground = await findGround(access, caller, action, owner);
  if (ground) return ground;
  throw caller ? notAuthorized() : notLoggedIn();
}

/** By what the action is allowed, if at all: for responses with parts that only some readers may see. */
export async function findGround(
  { config, table }: Access,
  caller: Caller,
  action: Action,
  owner?: Owner,
): Promise<Ground | undefined> {
  const rule: Rule = rules[action];
  const who = whoMay(config, rule, owner);
  const grants = grantsOf(caller?.scope, rule, owner);
  if (who === 'anyone') return grants.any ? 'rule' : undefined;
  if (!caller || !grants.any) return undefined;
  if (grants.asParticipant && isIncluded(config, who, owner, caller)) return 'rule';
  if (!rule.role || !owner || !grants.byRole) return undefined;
  const role = await readRole({ table }, owner.workflowId, caller.id);
  return includesRole(role, rule.role) ? 'role' : undefined;
}

/** Whether a caller reads by the roles of its user: some API tokens act as a participant only. */
export const readsByRole = (caller: Caller): boolean => caller?.scope?.access !== 'submit';

/** Which of its user's rights an API token has for an action; a session has all. */
function grantsOf(scope: TokenScope | undefined, { changes, tokens }: Rule, owner: Owner | undefined) {
  if (!scope) return { any: true, asParticipant: true, byRole: true };
  const { access, workflowId } = scope;
  const reaches = owner ? owner.workflowId === workflowId : tokens !== 'unlimited';
  return {
    any: tokens !== 'none' && (workflowId === undefined || reaches),
    asParticipant: !changes || access !== 'read',
    byRole: changes ? access === 'organise' : access !== 'submit',
  };
}

function whoMay({ readAccess }: Access['config'], rule: Rule, owner: Owner | undefined): Who {
  const { standard, whenPublic = standard, postprocessing = standard } = rule;
  if (owner && !owner.members) return postprocessing;
  return readAccess === 'public' ? whenPublic : standard;
}

function isIncluded(
  { auth }: Access['config'],
  who: Who,
  owner: Owner | undefined,
  { id }: NonNullable<Caller>,
): boolean {
  if (who === 'user') return true;
  if (who === 'owner') return owner?.ownerId === id;
  if (who !== 'member' && who !== 'invited') return false;
  const isIn = (list: readonly { readonly id: string }[] = []) => list.some((one) => one.id === id);
  return auth === 'open' || isIn(owner?.members) || (who === 'invited' && isIn(owner?.invitations));
}
