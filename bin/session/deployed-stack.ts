import {
  CloudFormationClient,
  DescribeStacksCommand,
  paginateDescribeStacks,
  type Stack,
  type StackStatus,
} from '@aws-sdk/client-cloudformation';
import { OPERATOR_VARIABLES, outputName, RELEASE_OUTPUT, settingsOf } from '../../infra/output-names.ts';
import { version } from '../../shared/api/version.ts';
import { printable } from '../terminal/text.ts';
import type { Environment } from './location.ts';
import { refusalOf, type StackChoice } from './stack-refusals.ts';

export interface DeployedStack {
  readonly name: string;
  /** All outputs, by their names in the CDK app. */
  readonly outputs: Readonly<Record<string, string>>;
  /** The operator's settings for `readConfig`, except the staging program. */
  readonly environment: Environment;
}

/**
 * Finds a stack of this product by CloudFormation, with the credentials of the SDK's default chain, and reads the
 * operator's settings from its outputs.
 *
 * @param env addresses instead of AWS's own (`AWS_ENDPOINT_URL_…`), and profile and region if the choice has none
 * @throws Error with a sentence for the operator: no credentials, no such stack, or an unusable one
 */
export async function readDeployedStack(choice: StackChoice, env: Environment): Promise<DeployedStack> {
  const profile = choice.profile ?? (env.AWS_PROFILE || undefined);
  const region = choice.region ?? (env.AWS_REGION || env.AWS_DEFAULT_REGION || undefined);
  const client = new CloudFormationClient({
    ...(profile === undefined ? {} : { profile }),
    ...(region === undefined ? {} : { region }),
  });
  try {
    const stack = await describe(client, choice);
    checkState(choice.stack, stack);
    const outputs = outputsOf(stack);
    const settings = settingsOf(outputs);
    if (settings.FLOWSERV_TABLE === undefined) {
      throw new Error(`stack '${choice.stack}' does not belong to flowServ: it has no output FlowservTable`);
    }
    const environment = {
      ...endpointsIn(env),
      ...settings,
      ...(profile === undefined ? {} : { AWS_PROFILE: profile }),
    };
    return { name: choice.stack, outputs, environment };
  } finally {
    client.destroy();
  }
}

async function describe(client: CloudFormationClient, choice: StackChoice): Promise<Stack> {
  try {
    const { Stacks = [] } = await client.send(new DescribeStacksCommand({ StackName: choice.stack }));
    const [stack] = Stacks;
    if (!stack) throw new Error('CloudFormation returned no stack');
    return stack;
  } catch (error) {
    throw await refusalOf(error, choice, () => stacksOf(client));
  }
}

/** Names of all stacks of this product in the region. */
async function stacksOf(client: CloudFormationClient): Promise<string[]> {
  const names: string[] = [];
  for await (const { Stacks = [] } of paginateDescribeStacks({ client }, {})) {
    names.push(...Stacks.flatMap(({ StackName }) => (StackName?.startsWith('flowserv-') ? [StackName] : [])));
  }
  return names;
}

/**
 * States with valid outputs: those of the last deployment that succeeded, also while the next one runs or is rolled
 * back.
 */
const USABLE = new Set<StackStatus | undefined>([
  'CREATE_COMPLETE',
  'UPDATE_IN_PROGRESS',
  'UPDATE_COMPLETE_CLEANUP_IN_PROGRESS',
  'UPDATE_COMPLETE',
  'UPDATE_ROLLBACK_IN_PROGRESS',
  'UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS',
  'UPDATE_ROLLBACK_COMPLETE',
  'IMPORT_IN_PROGRESS',
  'IMPORT_COMPLETE',
  'IMPORT_ROLLBACK_IN_PROGRESS',
  'IMPORT_ROLLBACK_COMPLETE',
]);

function checkState(name: string, { StackStatus: state, StackStatusReason: reason }: Stack): void {
  if (USABLE.has(state)) return;
  const why = reason ? ` (${printable(reason)})` : '';
  throw new Error(`stack '${name}' cannot be used, because it is ${state}${why}: ${fixOf(name, `${state}`)}`);
}

function fixOf(name: string, state: string): string {
  if (state === 'CREATE_IN_PROGRESS') return 'wait until it is deployed';
  if (state === 'REVIEW_IN_PROGRESS') return 'deploy it first';
  if (state === 'UPDATE_ROLLBACK_FAILED')
    return `fix it by \`aws cloudformation continue-update-rollback --stack-name ${name}\``;
  if (state === 'UPDATE_FAILED') return 'deploy it again';
  if (state.startsWith('DELETE_')) return 'choose another one with --stack';
  return 'its first deployment failed; delete it, and deploy it again';
}

const outputsOf = ({ Outputs = [] }: Stack): Record<string, string> =>
  Object.fromEntries(
    Outputs.flatMap(({ OutputKey: key, OutputValue: value }) =>
      key === undefined || value === undefined ? [] : [[key, value]],
    ),
  );

/**
 * Compares a stack with this release, which may not be able to read what another release compiled and stored.
 *
 * @throws Error unless it was deployed from this release
 */
export function checkRelease({ name, outputs }: DeployedStack): void {
  const release = outputs[RELEASE_OUTPUT] ?? 'unknown';
  const settings = settingsOf(outputs);
  const missing = OPERATOR_VARIABLES.filter((variable) => settings[variable] === undefined);
  if (release === version && missing.length === 0) return;
  const lack = missing.length === 0 ? '' : `, without ${missing.map(outputName).join(', ')}`;
  throw new Error(
    `stack '${name}' was deployed from release ${printable(release)} of flowServ${lack}, but this is ${version}: ` +
      'deploy this release, or use that one',
  );
}

/** Addresses of services other than AWS's own, in the form of the SDK. */
const endpointsIn = (env: Environment): Environment =>
  Object.fromEntries(
    Object.entries(env).filter(([name, value]) => value && name.startsWith('AWS_ENDPOINT_URL_')),
  );
