import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { type GatewayFault, type GatewayOptions, startGateway } from '../../gateway/gateway.ts';
import { createInProcessFunctions } from '../../lambda/in-process.ts';

type Handler = (event: APIGatewayProxyEventV2) => unknown;

const open: { close(): Promise<void> }[] = [];

/** Starts a gateway on a free port with one function, and records the events that the function receives. */
export async function startProbeApi(
  response: Handler = () => ({ statusCode: 204 }),
  options: Partial<Omit<GatewayOptions, 'functions'>> & { timeoutSeconds?: number } = {},
) {
  const { timeoutSeconds = 30, ...gatewayOptions } = options;
  const events: APIGatewayProxyEventV2[] = [];
  const faults: GatewayFault[] = [];
  const functions = createInProcessFunctions({
    functions: {
      probe: {
        handler(event: APIGatewayProxyEventV2) {
          events.push(event);
          return response(event);
        },
        timeoutSeconds,
        memoryMb: 256,
      },
    },
    region: 'us-east-1',
    accountId: '000000000000',
  });
  const gateway = await startGateway({
    functions,
    routes: [{ routeKey: '$default', function: 'probe' }],
    port: 0,
    onFault: (fault) => faults.push(fault),
    ...gatewayOptions,
  });
  open.push(gateway, functions);
  return { ...gateway, events, faults };
}

/** For `afterEach`: closes the gateways that the test started. */
export async function closeProbeApis(): Promise<void> {
  await Promise.all(open.splice(0).map((service) => service.close()));
}
