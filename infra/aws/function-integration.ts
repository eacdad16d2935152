import { Stack } from 'aws-cdk-lib';
import {
  type HttpApi,
  HttpIntegrationType,
  HttpRouteIntegration,
  type HttpRouteIntegrationConfig,
  PayloadFormatVersion,
} from 'aws-cdk-lib/aws-apigatewayv2';
import { ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';

/**
 * Routes of the gateway that call a function.
 *
 * CDK's own integration permits calls from three levels below the API, `<api>/<stage>/<method>/<path>`. Calls of the
 * route `$default` come from `<api>/<stage>/$default`, so Lambda would reject them (API Gateway, "Create AWS Lambda
 * proxy integrations for HTTP APIs"). One permission covers all routes here, because a function's policy holds 20 kB.
 */
export class FunctionIntegration extends HttpRouteIntegration {
  readonly #called: LambdaFunction;

  constructor(id: string, api: HttpApi, called: LambdaFunction) {
    super(id);
    this.#called = called;
    called.addPermission('Gateway', {
      principal: new ServicePrincipal('apigateway.amazonaws.com'),
      sourceArn: Stack.of(api).formatArn({
        service: 'execute-api',
        resource: api.apiId,
        resourceName: '*/*',
      }),
    });
  }

  override bind(): HttpRouteIntegrationConfig {
    return {
      type: HttpIntegrationType.AWS_PROXY,
      uri: this.#called.functionArn,
      payloadFormatVersion: PayloadFormatVersion.VERSION_2_0,
    };
  }
}
