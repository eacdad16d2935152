import { randomUUID } from 'node:crypto';
import type { ExecutionRecord } from './execution-table.ts';

/**
 * 248 KiB: inputs and outputs that are longer as escaped JSON text are omitted (Amazon EventBridge event reference,
 * Step Functions).
 */
const MAX_INCLUDED_BYTES = 248 * 1024;

interface Included {
  readonly included: boolean;
}

/** The event that Step Functions sends when an execution starts or ends; times in ms since the epoch. */
export interface ExecutionStatusChange {
  readonly version: '0';
  readonly id: string;
  readonly 'detail-type': 'Step Functions Execution Status Change';
  readonly source: 'aws.states';
  readonly account: string;
  readonly time: string;
  readonly region: string;
  readonly resources: readonly string[];
  readonly detail: {
    readonly executionArn: string;
    readonly stateMachineArn: string;
    readonly stateMachineVersionArn: null;
    readonly stateMachineAliasArn: null;
    readonly name: string;
    readonly status: ExecutionRecord['status'];
    readonly startDate: number;
    readonly stopDate: number | null;
    readonly input: string | null;
    readonly inputDetails: Included | null;
    readonly output: string | null;
    readonly outputDetails: Included | null;
    readonly error: string | null;
    readonly cause: string | null;
  };
}

/** Builds the event of an execution's current status (Amazon EventBridge event reference, Step Functions). */
export function statusEvent(
  execution: ExecutionRecord,
  accountRegion: { readonly region: string; readonly accountId: string },
): ExecutionStatusChange {
  const time = new Date(execution.stoppedAt ?? execution.startedAt);
  const { text: input, details: inputDetails } = included(execution.input);
  const { text: output, details: outputDetails } = included(execution.output);
  return {
    version: '0',
    id: randomUUID(),
    'detail-type': 'Step Functions Execution Status Change',
    source: 'aws.states',
    account: accountRegion.accountId,
    time: `${time.toISOString().slice(0, 19)}Z`,
    region: accountRegion.region,
    resources: [execution.arn],
    detail: {
      executionArn: execution.arn,
      stateMachineArn: execution.machineArn,
      stateMachineVersionArn: null,
      stateMachineAliasArn: null,
      name: execution.name,
      status: execution.status,
      startDate: execution.startedAt,
      stopDate: execution.stoppedAt,
      input,
      inputDetails,
      output,
      outputDetails,
      error: execution.error,
      cause: execution.cause,
    },
  };
}

function included(text: string | null): { text: string | null; details: Included | null } {
  if (text === null) return { text, details: null };
  const fits = Buffer.byteLength(JSON.stringify(text)) <= MAX_INCLUDED_BYTES;
  return { text: fits ? text : null, details: { included: fits } };
}
