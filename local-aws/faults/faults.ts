import type { Interceptor } from '../aws/interceptor.ts';
import type { FunctionHost } from '../lambda/function-host.ts';
import type { Integrations } from '../stepfunctions/integrations.ts';
import { conflicts } from './conflicts.ts';
import { hidden } from './hidden.ts';
import { createRandom } from './random.ts';
import type { FaultKind, FaultSettings } from './settings.ts';
import { deliveries, unreliableCalls } from './unreliable-events.ts';

/** Maximum time that a global secondary index lags behind its table. */
const INDEX_LAG_MS = 3_000;
/** Maximum time until a task on spare capacity is interrupted. */
const SPOT_MS = 1_000;

/** The hooks that inject faults. Hooks of faults that are not enabled change nothing. */
interface Faults {
  /** Wrap the operations of DynamoDB. */
  readonly dynamodb: readonly Interceptor[];
  /** Wrap the operations of Step Functions and ECS. */
  readonly control: readonly Interceptor[];
  /** Milliseconds until the next change is visible in an index; undefined means immediately. */
  readonly indexLagMs: (() => number) | undefined;
  /** Plans the deliveries of an event of the bus; undefined means one immediate delivery. */
  readonly plan: (() => readonly number[]) | undefined;
  /** Milliseconds until a task on spare capacity is interrupted; undefined means never. */
  readonly spotMs: (() => number) | undefined;
  /** Wraps the calls of state machines. */
  integrations(inner: Integrations): Integrations;
  /** Wraps the calls of queues and schedules. */
  calls(host: FunctionHost): FunctionHost;
}

/** Creates the hooks for fault injection, with random decisions from a seed. */
export function createFaults(settings: FaultSettings | undefined): Faults {
  const random = (kind: FaultKind) =>
    settings?.kinds.has(kind) ? createRandom(settings.seed, kind) : undefined;
  const [index, conflict, hide, events, spot] = [
    random('index'),
    random('conflicts'),
    random('hidden'),
    random('events'),
    random('spot'),
  ];
  const hiding = hide && hidden(hide, Date.now);
  return {
    dynamodb: conflict ? [conflicts(conflict)] : [],
    control: hiding ? [hiding.intercept] : [],
    indexLagMs: index && (() => index() * INDEX_LAG_MS),
    plan: events && deliveries(events),
    spotMs: spot && (() => spot() * SPOT_MS),
    integrations: (inner) => hiding?.integrations(inner) ?? inner,
    calls: (host) => (events ? unreliableCalls(events, host) : host),
  };
}
