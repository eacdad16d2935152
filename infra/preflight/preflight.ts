import { setMaxListeners } from 'node:events';
import type { ClientOptions } from './calls/clients.ts';
import { type Caller, readCaller } from './calls/identity.ts';
import { type Check, checksOf } from './checks.ts';
import { failedCall } from './failed-call.ts';
import { type Finding, fine, stops } from './finding.ts';
import { stageNamed } from './stage-named.ts';
import { templateOfStage } from './template.ts';

/** The result of all checks of an account. */
export interface Report {
  readonly stage: string;
  readonly stack: string;
  /** Undefined if AWS does not accept the credentials. */
  readonly account: string | undefined;
  readonly region: string | undefined;
  readonly findings: readonly Finding[];
}

/** Options of a preflight. */
export interface PreflightOptions {
  readonly stage: string;
  readonly profile?: string | undefined;
  readonly region?: string | undefined;
}

/** Time limit of all checks together, including retries. */
const LIMIT_MS = 45_000;

/** Maximum number of attempts per call, between which the SDK waits: Cloud Control throttles early. */
const ATTEMPTS = 5;

/**
 * Checks, without changing anything, whether the caller's account is ready for a stage. All checks run at the same
 * time; a check that gets no response is reported as such.
 *
 * @throws Error if the settings of the stage are unusable
 */
export async function runPreflight({ stage: name, profile, region }: PreflightOptions): Promise<Report> {
  const stage = stageNamed(name);
  const options = {
    maxAttempts: ATTEMPTS,
    ...(profile === undefined ? {} : { profile }),
    ...(region === undefined ? {} : { region }),
  };
  const about = { stage: name, stack: `flowserv-${name}` };
  const who = await identify(options, timeLimit());
  if (!('account' in who)) {
    return { ...about, account: undefined, region: undefined, findings: [who] };
  }
  const credentials: Finding = { check: 'credentials', ...fine(who.arn) };
  if (who.arn.split(':')[1] !== 'aws') {
    const partition = stops(
      `Stages are deployed to regions of the partition "aws" only; this is ${who.arn}.`,
    );
    return { ...about, ...accountRegionOf(who), findings: [{ check: 'credentials', ...partition }] };
  }
  const template = templateOfStage(stage);
  const here = { ...options, region: who.region };
  // The time starts here: the synthesis before it takes a while, and nothing else runs meanwhile.
  const signal = timeLimit();
  const checks = checksOf({ stage, template, caller: who, options: here, signal, now: new Date() });
  const findings = await Promise.all(checks.map((check) => run(check, signal)));
  return { ...about, ...accountRegionOf(who), findings: [credentials, ...findings.flat()] };
}

function timeLimit(): AbortSignal {
  const signal = AbortSignal.timeout(LIMIT_MS);
  // Every call adds a listener, and Node warns of a leak when there are more than ten.
  setMaxListeners(0, signal);
  return signal;
}

const accountRegionOf = ({ account, region }: Caller) => ({ account, region });

async function identify(options: ClientOptions, signal: AbortSignal): Promise<Caller | Finding> {
  try {
    return await within(signal, readCaller(options, signal));
  } catch (error) {
    const said = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
    return {
      check: 'credentials',
      ...stops(
        `AWS does not accept your credentials (${said}). Log in, and give the profile and the region.`,
        'aws sso login --profile NAME',
        'npx flowserv aws check --profile NAME --region REGION',
      ),
    };
  }
}

/** A check never fails: an error becomes its finding. */
async function run({ name, action, judge }: Check, signal: AbortSignal): Promise<Finding[]> {
  try {
    const verdicts = await within(signal, judge());
    return [verdicts].flat().map((verdict) => ({ check: name, ...verdict }));
  } catch (error) {
    return [{ check: name, ...failedCall(error, action) }];
  }
}

/** Rejects when the signal aborts, whatever the SDK waits for. */
function within<T>(signal: AbortSignal, response: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
    response.then(resolve, reject);
  });
}
