import { CfnOutput, type Stack } from 'aws-cdk-lib';
import type { Role } from 'aws-cdk-lib/aws-iam';
import { version } from '../../shared/api/version.ts';
import { outputName, RELEASE_OUTPUT } from '../output-names.ts';
import type { Functions } from './functions.ts';
import { type Settings, type SettingsParts, settingsByPurpose } from './settings.ts';

/** What the operator's settings are made of, beside what all functions' are. */
export interface OperatorParts extends SettingsParts {
  readonly functions: Functions;
  readonly stateMachineRole: Role;
  /** Base URL of the API at the gateway itself, whatever is in front of it. */
  readonly gatewayUrl: string;
}

/** Everything that `shared/config.ts` reads on the operator's machine. The staging program is made there. */
function operatorSettings(stack: Stack, parts: OperatorParts): Settings {
  const { functions, stateMachineRole, compute, gatewayUrl } = parts;
  // The key is between CloudFront and the functions; metrics are read from logs, and would be printed here.
  const { edge: _edge, metrics: _metrics, ...purposes } = settingsByPurpose(parts);
  return {
    ...Object.assign({}, ...Object.values(purposes)),
    AWS_REGION: stack.region,
    FLOWSERV_NEXT_FUNCTION_ARN: functions['next-step'].functionArn,
    FLOWSERV_SETTLE_FUNCTION_ARN: functions['settle-run'].functionArn,
    FLOWSERV_MACHINE_ROLE_ARN: stateMachineRole.roleArn,
    FLOWSERV_CLUSTER_ARN: compute.cluster.clusterArn,
    FLOWSERV_GATEWAY_URL: gatewayUrl,
  };
}

/** The stack's outputs, by which `flowserv --stack` finds it: one for each setting, and the release. */
export function createOutputs(stack: Stack, parts: OperatorParts): void {
  for (const [variable, value] of Object.entries(operatorSettings(stack, parts))) {
    new CfnOutput(stack, outputName(variable), { value });
  }
  new CfnOutput(stack, RELEASE_OUTPUT, { value: version });
}
