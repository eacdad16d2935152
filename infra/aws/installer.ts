import type { Role } from 'aws-cdk-lib/aws-iam';
import { allow, type Grantee } from './allow.ts';
import { createdArns } from './arns.ts';
import type { Functions } from './functions.ts';
import type { Settings, SettingsParts } from './settings.ts';
import type { Stage } from './stage.ts';

/** What is part of state machines. */
export function stateMachineSettings(
  functions: Functions,
  { compute }: Pick<SettingsParts, 'compute'>,
  stateMachineRole: Role,
): Settings {
  return {
    FLOWSERV_NEXT_FUNCTION_ARN: functions['next-step'].functionArn,
    FLOWSERV_SETTLE_FUNCTION_ARN: functions['settle-run'].functionArn,
    FLOWSERV_TRANSFER_FUNCTION_ARN: functions.transfer.functionArn,
    FLOWSERV_MACHINE_ROLE_ARN: stateMachineRole.roleArn,
    FLOWSERV_CLUSTER_ARN: compute.cluster.clusterArn,
  };
}

/** Lets the function `install` create state machines. Their role needs the other functions, so this comes after both. */
export function createInstaller(functions: Functions, parts: SettingsParts, stateMachineRole: Role): void {
  const { install } = functions;
  const settings = stateMachineSettings(functions, parts, stateMachineRole);
  for (const [variable, value] of Object.entries(settings)) install.addEnvironment(variable, value);
  if (!install.role) throw new Error('the function install has no role');
  grantStateMachines(install.role as Role, parts.stage, stateMachineRole);
}

/** Permits creating state machines of the stage, with their one role. */
export function grantStateMachines(
  grantee: Grantee,
  stage: Stage,
  stateMachineRole: Role,
  further: readonly string[] = [],
): void {
  allow(grantee, {
    actions: ['states:CreateStateMachine', ...further],
    resources: [createdArns(grantee, stage).stateMachines],
    why: 'state machines of this stage, which are created when workflows are installed',
  });
  allow(grantee, {
    actions: ['iam:PassRole'],
    resources: [stateMachineRole.roleArn],
    conditions: { StringEquals: { 'iam:PassedToService': 'states.amazonaws.com' } },
    why: 'one role, to Step Functions only',
  });
}
