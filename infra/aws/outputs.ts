import { CfnOutput, type Stack } from 'aws-cdk-lib';
import type { Role } from 'aws-cdk-lib/aws-iam';
import { version } from '../../shared/api/version.ts';
import { outputName, RELEASE_OUTPUT } from '../output-names.ts';
import type { Functions } from './functions.ts';
import { stateMachineSettings } from './installer.ts';
import { type Settings, type SettingsParts, settingsByPurpose } from './settings.ts';

/** Inputs of the operator's settings, in addition to those of all functions. */
export interface OperatorParts extends SettingsParts {
  readonly functions: Functions;
  readonly stateMachineRole: Role;
  /** Base URL of the API at the gateway itself, with or without CloudFront in front of it. */
  readonly gatewayUrl: string;
}

/** Everything that `shared/config.ts` reads on the operator's computer. The staging program is built there. */
function operatorSettings(stack: Stack, parts: OperatorParts): Settings {
  const { functions, stateMachineRole, gatewayUrl } = parts;
  // The key belongs to CloudFront and the functions; metrics are read from logs, and the command line would print them.
  const { edge: _edge, metrics: _metrics, ...purposes } = settingsByPurpose(parts);
  return {
    ...Object.assign({}, ...Object.values(purposes)),
    AWS_REGION: stack.region,
    ...stateMachineSettings(functions, parts, stateMachineRole),
    FLOWSERV_GATEWAY_URL: gatewayUrl,
  };
}

/** The stack's outputs, which `flowserv --stack` reads: one for each setting, and the release. */
export function createOutputs(stack: Stack, parts: OperatorParts): void {
  for (const [variable, value] of Object.entries(operatorSettings(stack, parts))) {
    new CfnOutput(stack, outputName(variable), { value });
  }
  new CfnOutput(stack, RELEASE_OUTPUT, { value: version });
}
