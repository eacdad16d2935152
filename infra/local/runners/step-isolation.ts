import type { IsolationOf } from '@flowserv/local-aws';
import { NETWORK_LABEL, STEP_CONTAINER } from '../../../shared/engine/task-definition.ts';

/**
 * The container of a step runs what templates and participants say, and is kept apart; `stage` and `warden` are ours
 * and reach the broker and S3. A network is a promise of this machine's runners only: on Fargate the containers of a
 * task share an interface, and the network mode of the stage decides.
 */
export const stepIsolation: IsolationOf = ({ name, labels }) =>
  name === STEP_CONTAINER ? { network: labels[NETWORK_LABEL] === 'true' } : undefined;
