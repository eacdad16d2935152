import type { Interceptor } from '../aws/interceptor.ts';
import type { FunctionHost } from '../lambda/function-host.ts';
import type { Integrations } from '../stepfunctions/integrations.ts';
import { conflicts } from './conflicts.ts';
import { hidden } from './hidden.ts';
import { createRandom } from './random.ts';
import type { FaultKind, FaultSettings } from './settings.ts';
import { deliveries, unreliableCalls } from './unreliable-events.ts';

/** Longest time that a global secondary index lags behind its table. */
const INDEX_LAG_MS = 3_000;

/** Where the faults take hold. What is not asked for changes nothing. */
interface Faults {
  /** Around the operations of DynamoDB. */
  readonly dynamodb: readonly Interceptor[];
  /** Around the operations of Step Functions and ECS. */
  readonly control: readonly Interceptor[];
  /** Milliseconds until the next change is seen in an index; undefined for at once. */
  readonly indexLagMs: (() => number) | undefined;
  /** Plans the deliveries of an event of the bus; undefined for one at once. */
  readonly plan: (() => readonly number[]) | undefined;
  /** Around what state machines call. */
  integrations(inner: Integrations): Integrations;
  /** Around the calls that queues and schedules make. */
  calls(host: FunctionHost): FunctionHost;
}

/** Makes a stack as unkind as AWS may be, by chance from a seed. */
export function createFaults(settings: FaultSettings | undefined): Faults {
  const random = (kind: FaultKind) =>
    settings?.kinds.has(kind) ? createRandom(settings.seed, kind) : undefined;
  const [index, conflict, hide, events] = [
    random('index'),
    random('conflicts'),
    random('hidden'),
    random('events'),
  ];
  const hiding = hide && hidden(hide, Date.now);
  return {
    dynamodb: conflict ? [conflicts(conflict)] : [],
    control: hiding ? [hiding.intercept] : [],
    indexLagMs: index && (() => index() * INDEX_LAG_MS),
    plan: events && deliveries(events),
    integrations: (inner) => hiding?.integrations(inner) ?? inner,
    calls: (host) => (events ? unreliableCalls(events, host) : host),
  };
}
