import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type Client, createClient } from '../../shared/client/client.ts';
import { readConfig } from '../../shared/config.ts';
import { createServices, type Services } from '../../shared/services/services.ts';
import type { InstallOptions } from '../../shared/workflows/create.ts';
import { createOperator, type Operator } from '../session/operator.ts';
import { PROBE } from './probe-template.ts';
import type { Target } from './target.ts';

/**
 * Prefix of the names of everything that is created, by which a later run finds the leftovers of an interrupted one.
 */
const PREFIX = 'verify_';

/** When this script was written, in seconds since 1970: no earlier time can be part of a name that it gave. */
const FIRST_STAMP = Date.parse('2026-01-01T00:00:00Z') / 1000;

/** Part of all names of a run: the seconds since 1970 as six letters and digits. */
const stampOf = (time: Date): string => Math.floor(time.getTime() / 1000).toString(36);

/**
 * Whether a name was created here. Workflows of organisers and names of participants may begin with `verify_`, too.
 */
export function isOwnName(name: string, now: Date): boolean {
  const [, stamp] = /^verify_([0-9a-z]{6})_[a-z]+$/.exec(name) ?? [];
  if (stamp === undefined) return false;
  const seconds = Number.parseInt(stamp, 36);
  return seconds >= FIRST_STAMP && seconds <= now.getTime() / 1000 + CLOCK_SECONDS;
}

/** Maximum difference of the clocks of two computers. */
const CLOCK_SECONDS = 86_400;

/** A logged-in user. */
interface Person {
  readonly name: string;
  readonly token: string;
  readonly client: Client;
}

/** A user with a group of a workflow. */
export interface Member extends Person {
  readonly groupId: string;
}

/** What the checks work with. Users and workflows are created when the first check needs them. */
export interface World {
  readonly target: Target;
  readonly services: Services;
  readonly operator: Operator;
  /** When the first check began. */
  readonly since: Date;
  /** Part of all names of this run. */
  readonly stamp: string;
  person(name: 'one' | 'two'): Promise<Person>;
  /** The workflow whose single step is the argument of the run, with its leaderboard and post-processing. */
  probe(): Promise<string>;
  member(name: 'one' | 'two'): Promise<Member>;
  /** Installs a workflow from a folder and returns its id. */
  install(name: string, folder: string): Promise<string>;
  /** Installs a workflow from the texts of its files, with an engine configuration, and returns its id. */
  installFiles(
    name: string,
    files: Readonly<Record<string, string>>,
    config?: InstallOptions['config'],
  ): Promise<string>;
  /** Prints one line of progress. */
  say(line: string): void;
}

export function createWorld(target: Target, say: (line: string) => void): World {
  const services = createServices(readConfig(target.settings));
  const operator = createOperator(target.settings);
  const since = new Date();
  const stamp = stampOf(since);
  const workflowId = (name: string) => `${PREFIX}${stamp}_${name}`;

  const install = async (name: string, folder: string, config?: InstallOptions['config']) => {
    const id = workflowId(name);
    // Names of workflows are unique.
    await operator.installWorkflow(folder, { id, name: id, config });
    return id;
  };
  const installFiles: World['installFiles'] = (name, files, config) =>
    withFolder(files, (folder) => install(name, folder, config));
  const person = keep((name: string) => register(target, operator, `${PREFIX}${stamp}_${name}`));
  const probe = keep(() => installFiles('probe', PROBE));
  const member = keep(async (name: string) => {
    const [who, workflow] = await Promise.all([person(name), probe('')]);
    const group = await who.client.groups.create(workflow, { name: who.name });
    return { ...who, groupId: group.id };
  });
  return {
    target,
    services,
    operator,
    since,
    stamp,
    person,
    probe: () => probe(''),
    member,
    install,
    installFiles,
    say,
  };
}

/**
 * Registers a user like any other, activates the account as the operator, and logs in. A password-reset request
 * of the operator sets the password, since a stage whose accounts are confirmed by mail stores none before.
 */
async function register({ url }: Target, operator: Operator, name: string): Promise<Person> {
  const password = randomBytes(24).toString('base64url');
  const anonymous = createClient({ url });
  await anonymous.users.register({ username: name, password, verify: false });
  await operator.changeUser(name, 'activate');
  await anonymous.users.resetPassword(await operator.openPasswordReset(name), password);
  const { token } = await anonymous.users.login(name, password);
  return { name, token, client: createClient({ url, token }) };
}

/** Creates each object once; one whose creation failed is tried again. */
function keep<T>(make: (name: string) => Promise<T>): (name: string) => Promise<T> {
  const made = new Map<string, Promise<T>>();
  return (name) => {
    const known = made.get(name);
    if (known) return known;
    const making = make(name);
    made.set(name, making);
    making.catch(() => made.delete(name));
    return making;
  };
}

async function withFolder<T>(
  files: Readonly<Record<string, string>>,
  use: (folder: string) => Promise<T>,
): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'flowserv-verify-'));
  try {
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), text);
    }
    return await use(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
