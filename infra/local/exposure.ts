import { isLoopback } from '@flowserv/local-aws';
import type { Config } from '../../shared/config.ts';
import type { RunnerName } from './runners/runner-setting.ts';

/** The address that the gateway and S3 listen on. */
export const bindAddress = (env: Readonly<Record<string, string | undefined>>): string =>
  env.FLOWSERV_API_BIND || '127.0.0.1';

/** Whether other hosts can reach the stack: then its convenient defaults are open to them. */
export const isExposed = (env: Readonly<Record<string, string | undefined>>): boolean =>
  !isLoopback(bindAddress(env));

/** Warnings for the operator of a stack that other hosts can reach. */
export function exposureWarnings(
  env: Readonly<Record<string, string | undefined>>,
  { auth, passwordReset, signUp }: Config,
  runner: RunnerName,
): string[] {
  if (!isExposed(env)) return [];
  const open = [
    ...(auth === 'open' ? ['everyone who reaches it is the same user and needs no password'] : []),
    ...(auth !== 'open' && signUp === 'open' ? ['everyone who reaches it may register an account'] : []),
    ...(runner === 'process' ? ['steps of runs are processes of your user, without a sandbox'] : []),
    'passwords and files travel without TLS',
    ...(passwordReset === 'direct' ? ['everyone may set the password of any account'] : []),
  ];
  return [`other machines can reach this server on ${bindAddress(env)}: ${open.join('; ')}`];
}
