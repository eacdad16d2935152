import type { IsolationOf } from '@flowserv/local-aws';
import { NETWORK_LABEL, STAGING_CONTAINERS } from '../../../shared/engine/task-definition.ts';

/**
 * Isolates the containers of steps, which run commands of templates and participants. `stage` and `warden` are part
 * of the product and reach the broker and S3. Only local runners control the network of a single container: on Fargate
 * the containers of a task share an interface, and the network mode of the stage decides.
 */
export const stepIsolation: IsolationOf = ({ name, labels }) =>
  STAGING_CONTAINERS.some((own) => own === name) ? undefined : { network: labels[NETWORK_LABEL] === 'true' };
