import type { TaskNetworks } from '@flowserv/local-aws';
import { normaliseImage } from '../../../shared/engine/image-reference.ts';
import { bindAddress, isExposed } from '../exposure.ts';
import { parseRunnerSetting, parseTaskNetwork } from './runner-setting.ts';

interface OwnNetworks {
  readonly networks: TaskNetworks;
  /** Sets the services that tasks reach, as URLs; no task starts before. */
  reach(endpoints: readonly string[]): void;
}

/**
 * Returns the networks of tasks if `FLOWSERV_TASK_NETWORK` requests that each task has one of its own.
 *
 * @throws Error with a sentence for the user, for a setting that cannot be used
 */
export function ownNetworks(
  env: Readonly<Record<string, string | undefined>>,
  stagingImage: string,
): OwnNetworks | undefined {
  if (parseTaskNetwork(env.FLOWSERV_TASK_NETWORK, parseRunnerSetting(env.FLOWSERV_RUNNER)) === 'container')
    return undefined;
  // The network of a task contains only loopback, so it cannot contain S3's address on another interface.
  if (isExposed(env) && !['0.0.0.0', '::'].includes(bindAddress(env)))
    throw new Error('FLOWSERV_TASK_NETWORK=task needs S3 on loopback; set FLOWSERV_API_BIND=0.0.0.0');
  const reached = Promise.withResolvers<readonly string[]>();
  return {
    networks: { image: normaliseImage(stagingImage), endpoints: () => reached.promise },
    reach: reached.resolve,
  };
}
