import * as z from 'zod';
import { functionNames } from '../../infra/functions.ts';
import type { StackCall } from '../../infra/local/calls.ts';

/** The subjects of the check: the roles of the functions and of the state machines, and the policy of the operator. */
export const callers = [...functionNames, 'machine', 'operator'] as const;
export type Caller = (typeof callers)[number];

/** What IAM checks before it allows a call, in the terms of a policy. */
export interface Demand {
  /** e.g. `dynamodb:PutItem` */
  readonly action: string;
  /** ARN, or `*` for an action that supports no resources. */
  readonly resource: string;
  /** Condition keys of the request with their values. */
  readonly context: Readonly<Record<string, readonly string[]>>;
}

/** Converts a call that a local service reported to what IAM checks for it. */
export type Mapping = (call: Pick<StackCall, 'input' | 'error' | 'byLink'>) => readonly Demand[];

/** A demand, and the owner of the role or policy that has to allow it. */
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
