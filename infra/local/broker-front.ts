import { type FunctionHost, type RunningServer, startGateway } from '@flowserv/local-aws';
import { gatewayRoutes, takesBody } from '../../shared/api/gateway-routes.ts';
import type { Config } from '../../shared/config.ts';
import type { CloudOptions } from './cloud-options.ts';
import { functionName } from './names.ts';

interface BrokerFrontOptions extends Pick<CloudOptions, 'start' | 'onFault'> {
  readonly settings: Pick<Config, 'api'>;
  readonly functions: FunctionHost;
  /** Closed in reverse order with everything else. */
  readonly opened: AsyncDisposableStack;
}

/**
 * Starts an API with the calls of the ticket broker only, on loopback. Tasks with a network of their own reach it
 * instead of the whole API, as in an isolated network on AWS.
 */
export async function startBrokerFront({
  settings,
  functions,
  start,
  opened,
  onFault,
}: BrokerFrontOptions): Promise<RunningServer> {
  const { basePath } = settings.api;
  const routes = gatewayRoutes(basePath).filter((route) => route.function === 'broker');
  const server = await start('broker', (port) =>
    startGateway({
      port,
      routes: routes.map((route) => ({ ...route, function: functionName(route.function) })),
      functions,
      takesBody: takesBody(basePath),
      onFault: ({ method, path, error }) => onFault(`${method} ${path}: ${error}`),
    }),
  );
  opened.defer(() => server.close());
  return server;
}
