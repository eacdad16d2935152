import { type App, CfnOutput, Stack, Tags } from 'aws-cdk-lib';
import { BROKER_PATH } from '../../shared/api/routes/broker.ts';
import { stackDescription } from '../output-names.ts';
import { createAlarms } from './alarms.ts';
import { createGateway, createRoutes, gatewayHost } from './api.ts';
import { createBudget } from './budget.ts';
import { createCompute } from './compute.ts';
import { createDashboard } from './dashboard.ts';
import { createData } from './data.ts';
import { createEdge } from './edge.ts';
import { createEndpoints } from './endpoints.ts';
import { createFunctions } from './functions.ts';
import { createInstaller } from './installer.ts';
import { createOperatorPolicy } from './operator-policy.ts';
import { createOutputs } from './outputs.ts';
import { createQueues } from './queues.ts';
import { BASE_PATH, type Stage } from './stage.ts';
import { createStateMachineRole } from './state-machine-role.ts';
import { createTeardown } from './teardown.ts';
import { createWakeUps } from './wake-ups.ts';

/**
 * One installation of the product: everything that exists before the first workflow is installed. It is one stack, so
 * one command deploys it; resources that must not be lost are retained or protected individually.
 *
 * It is not bound to an account or region: looking up a region's zones would need credentials.
 */
export function createStack(app: App, stage: Stage): Stack {
  const stack = new Stack(app, `flowserv-${stage.name}`, {
    description: stackDescription(stage.name),
    terminationProtection: stage.protected,
  });
  Tags.of(stack).add('flowserv:stage', stage.name);

  const data = createData(stack, stage);
  const compute = createCompute(stack, stage);
  const queues = createQueues(stack, stage);
  const gateway = createGateway(stack, stage);
  const edge = stage.cloudFront ? createEdge(stack, stage, gateway.api, data) : undefined;

  const host = stage.domain?.name ?? edge?.distribution.distributionDomainName ?? gatewayHost(gateway.api);
  const gatewayUrl = `${gateway.api.apiEndpoint}${BASE_PATH}`;
  const brokerUrl =
    stage.network === 'isolated'
      ? createEndpoints(stack, stage, { data, compute }, gatewayUrl)
      : // The gateway itself: a web ACL of CloudFront is for requests of users, not of tasks.
        `${gatewayUrl}/${BROKER_PATH}`;
  const parts = { stage, data, compute, queues, host, brokerUrl, edgeKey: edge?.key };
  const functions = createFunctions(stack, parts);
  createRoutes(stack, stage, gateway, functions);
  createWakeUps(stack, stage, functions, queues);
  const watched = { gateway: gateway.api, functions, queues, table: data.table };
  createDashboard(stack, stage, watched, createAlarms(stack, stage, watched));
  createBudget(stack, stage);
  const stateMachineRole = createStateMachineRole(stack, stage, compute, functions);
  createInstaller(functions, parts, stateMachineRole);
  createOperatorPolicy(stack, parts, stateMachineRole);
  createTeardown(stack, stage, parts);
  createOutputs(stack, { ...parts, functions, stateMachineRole, gatewayUrl });
  // The target of the DNS record of a custom name.
  if (edge) new CfnOutput(stack, 'DistributionName', { value: edge.distribution.distributionDomainName });
  return stack;
}
