import { AwsError } from '../aws/json-protocol.ts';

/** The account and region of this service. */
export interface AccountRegion {
  readonly region: string;
  readonly accountId: string;
}

/** 80 characters, for state machines and executions (AWS service quotas). */
const MAX_NAME = 80;
/** White space, brackets, wildcards, special and control characters (API reference, CreateStateMachine, name). */
const FORBIDDEN = /[\s<>{}[\]?*"#%\\^|~`$&,;:/\p{Cc}\p{Cs}\u{FFFE}\u{FFFF}\u{10FFFF}]/u;

/** @throws AwsError InvalidName. */
export function assertName(name: string): void {
  if (name.length === 0 || name.length > MAX_NAME || FORBIDDEN.test(name)) {
    throw new AwsError('InvalidName', `Invalid Name: '${name.slice(0, MAX_NAME + 20)}'`);
  }
}

export const stateMachineArnOf = ({ region, accountId }: AccountRegion, name: string) =>
  `arn:aws:states:${region}:${accountId}:stateMachine:${name}`;

export const executionArn = ({ region, accountId }: AccountRegion, stateMachine: string, name: string) =>
  `arn:aws:states:${region}:${accountId}:execution:${stateMachine}:${name}`;

/**
 * Checks the form of an ARN. Versions, aliases and Map Runs are not supported.
 *
 * @throws AwsError InvalidArn.
 */
export function assertArn(arn: string, kind: 'stateMachine' | 'execution'): void {
  const [prefix, partition, service, region, account, type, ...names] = arn.split(':');
  const wellFormed = prefix === 'arn' && partition && service === 'states' && region && account;
  const expected = kind === 'stateMachine' ? 1 : 2;
  if (wellFormed && type === kind && names.length === expected && names.every((name) => name !== '')) return;
  throw new AwsError('InvalidArn', `Invalid Arn: '${arn.slice(0, 256)}'`);
}
