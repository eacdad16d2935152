import { Option } from 'commander';
import type { Client } from '../../shared/client/client.ts';
import type { Cli } from './cli.ts';
import { accessToken } from './identifiers.ts';
import type { Operator } from './operator.ts';

/** Of commands that an owner of a workflow runs by the API, and the operator without it. */
export interface OperatorChoice {
  readonly operator?: true | undefined;
}
export const operatorOption = () => new Option('--operator', 'act as the operator, without a session');

/** Who runs a command. */
export type Acting =
  | { readonly as: 'operator'; readonly operator: Operator }
  | { readonly as: 'user'; readonly client: Client };

/** @throws Error without a session, unless the operator is chosen */
export async function actingAs(cli: Cli, { operator }: OperatorChoice): Promise<Acting> {
  if (operator) return { as: 'operator', operator: await cli.operator() };
  accessToken(cli.env);
  return { as: 'user', client: await cli.client() };
}
