import type { IsolationOf } from '@flowserv/local-aws';

/** Set by the task definition where the worker of a step asks for a network. */
const NETWORK_LABEL = 'flowserv.network';

/**
 * The container of a step runs what templates and participants say, and is kept apart; `stage` and `warden` are ours
 * and reach the broker and S3. A network is a promise of this machine's runners only: on Fargate the containers of a
 * task share an interface, and the network mode of the stage decides.
 */
export const stepIsolation: IsolationOf = ({ name, labels }) =>
  name === 'step' ? { network: labels[NETWORK_LABEL] === 'true' } : undefined;
