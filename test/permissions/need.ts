import * as z from 'zod';
import { functionNames } from '../../infra/functions.ts';
import type { StackCall } from '../../infra/local/calls.ts';

/** What is checked: the roles of the functions and of the state machines, and the policy of the operator. */
export const callers = [...functionNames, 'machine', 'operator'] as const;
export type Caller = (typeof callers)[number];

/** What IAM asks before it lets a call through, in the terms of a policy. */
export interface Demand {
  /** e.g. `dynamodb:PutItem` */
  readonly action: string;
  /** ARN, or `*` for an action that knows no resources. */
  readonly resource: string;
  /** Condition keys of the request with their values. */
  readonly context: Readonly<Record<string, readonly string[]>>;
}

/** From a call that a local service has told of to what IAM asks for it. */
export type Mapping = (call: Pick<StackCall, 'input' | 'refusal' | 'byLink'>) => readonly Demand[];

/** A demand, and whose role or policy has to fulfil it. */
export interface Need extends Demand {
  readonly caller: Caller;
}

export const needSchema: z.ZodType<Need> = z.object({
  caller: z.enum(callers),
  action: z.string(),
  resource: z.string(),
  context: z.record(z.string(), z.array(z.string())),
});

/** A need as one line of a report. */
export function needText({ caller, action, resource, context }: Need): string {
  const keys = Object.entries(context).map(([key, values]) => ` ${key}=${values.join(',')}`);
  return `${caller}: ${action} ${resource}${keys.join('')}`;
}
