import { Stack } from 'aws-cdk-lib';
import { EndpointType, HttpIntegration, RestApi } from 'aws-cdk-lib/aws-apigateway';
import { AnyPrincipal, PolicyDocument, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { brokerRoutes } from '../../shared/api/routes/broker.ts';
import { acknowledge } from './acknowledge.ts';
import type { Network } from './network.ts';
import type { Stage } from './stage.ts';

/** Name of the API Gateway stage of this API: the first segment of all paths. */
const STAGE_NAME = 'steps';

interface PrivateBroker {
  /** ARN that covers all methods. */
  readonly arn: string;
  readonly host: string;
  /** Base URL for the staging program, without a trailing slash. */
  readonly url: string;
}

/**
 * Creates a private REST API through which tasks of an isolated network reach the ticket broker. It has only the
 * broker's routes, and forwards each call unchanged to the HTTP API. HTTP APIs themselves cannot be private (API
 * Gateway, "Private REST APIs").
 *
 * The alternatives, a load balancer or a VPC Lattice service, cost 16 to 18 dollars a month, against 15 for the
 * endpoint, and send a different event format to the function. A load balancer also needs a certificate.
 */
export function createPrivateBroker(
  parent: Construct,
  stage: Stage,
  { vpc }: Network,
  gatewayUrl: string,
): PrivateBroker {
  const scope = new Construct(parent, 'PrivateBroker');
  const api = new RestApi(scope, 'Api', {
    restApiName: `flowserv-${stage.name}-steps`,
    description: 'The ticket broker for tasks without a way to the web',
    endpointConfiguration: { types: [EndpointType.PRIVATE] },
    policy: new PolicyDocument({
      statements: [
        new PolicyStatement({
          principals: [new AnyPrincipal()],
          actions: ['execute-api:Invoke'],
          resources: ['execute-api:/*'],
          conditions: { StringEquals: { 'aws:SourceVpc': vpc.vpcId } },
        }),
      ],
    }),
    // API Gateway's own logs would need a role for the whole account. The HTTP API logs each of these calls.
    cloudWatchRole: false,
    deployOptions: {
      stageName: STAGE_NAME,
      throttlingRateLimit: stage.requestRate,
      throttlingBurstLimit: stage.requestBurst,
    },
  });
  for (const { pattern, methods } of brokerRoutes) {
    const resource = api.root.addResource(pattern.slice(pattern.lastIndexOf('/') + 1));
    for (const method of methods) {
      const url = `${gatewayUrl}/${pattern}`;
      resource.addMethod(method, new HttpIntegration(url, { httpMethod: method, proxy: true }));
    }
  }
  reasons(api);
  const { partition, region, account, urlSuffix } = Stack.of(parent);
  const host = `${api.restApiId}.execute-api.${region}.${urlSuffix}`;
  return {
    arn: `arn:${partition}:execute-api:${region}:${account}:${api.restApiId}/*`,
    host,
    url: `https://${host}/${STAGE_NAME}`,
  };
}

function reasons(api: RestApi): void {
  const handedOn = 'calls are forwarded unchanged to the HTTP API, which logs and checks them';
  acknowledge(api, 'APIG1', handedOn);
  acknowledge(api, 'APIG2', handedOn);
  acknowledge(api, 'APIG3', 'only tasks of this stage reach it, with a ticket each');
  acknowledge(api, 'APIG4', 'the function checks the ticket');
  acknowledge(api, 'APIG6', handedOn);
  acknowledge(api, 'COG4', 'the function checks the ticket');
}
