import type { AwsCall } from './world/aws.ts';
import type { Simulation } from './world/simulation.ts';

/**
 * What happens to a call of an AWS service: it is rejected before anything happened; it succeeds and its response is
 * lost; it takes long; or the process of the caller dies before or after it.
 */
export type CallFault = 'rejected' | 'response lost' | 'slow' | 'killed before' | 'killed after';

/** The probabilities of one seed. A kind of fault is often absent, so that others are not hidden by it. */
function ratesOf({ random }: Simulation) {
  const rate = (name: string, most: number) => {
    const wanted = random(`rate ${name}`);
    return wanted < 0.35 ? 0 : ((wanted - 0.35) / 0.65) ** 2 * most;
  };
  return {
    rejected: rate('rejected', 0.15),
    responseLost: rate('response lost', 0.08),
    slow: rate('slow', 0.04),
    killedBefore: rate('killed before', 0.06),
    killedAfter: rate('killed after', 0.06),
    outage: rate('outage', 0.02),
    eventLost: rate('event lost', 0.9),
    eventDoubled: rate('event doubled', 0.6),
    eventLate: rate('event late', 0.6),
    messageRepeated: rate('message repeated', 0.5),
    messageLate: rate('message late', 0.5),
    tickLost: rate('tick lost', 0.7),
    tickDoubled: rate('tick doubled', 0.4),
    throttled: rate('throttled', 0.2),
    answerLost: rate('answer lost', 0.15),
    requestLost: rate('request lost', 0.1),
    hostFailed: rate('host failed', 0.25),
    notStarted: rate('not started', 0.25),
    taskRejected: rate('task rejected', 0.3),
    canceled: rate('canceled', 0.6),
    removed: rate('removed', 0.4),
    failed: rate('failed', 0.4),
  };
}

export type FaultPlan = ReturnType<typeof createFaultPlan>;

/** Longest delay of a late event or message, in milliseconds: longer than two schedules. */
const LATE_MS = 150_000;
/** Longest time in which one service rejects every call. */
const OUTAGE_MS = 40_000;

/**
 * Decides by the seed which faults happen between `begin` and `stop`, and keeps a trace of them. Once it is stopped, nothing fails any more, and
 * everything happens soon.
 */
export function createFaultPlan(simulation: Simulation) {
  const { chance, between } = simulation;
  const rates = ratesOf(simulation);
  const trace: string[] = [];
  const outages = new Map<string, number>();
  const start = simulation.now();
  let stopped = true;

  const note = (fault: string) => {
    trace.push(`${((simulation.now() - start) / 1000).toFixed(3).padStart(9)} s  ${fault}`);
  };
  const happens = (name: keyof typeof rates): boolean => !stopped && chance(name, rates[name]);
  const noted = (name: keyof typeof rates, fault: string): boolean => {
    if (!happens(name)) return false;
    note(fault);
    return true;
  };

  return {
    trace,
    rates,
    note,
    begin(): void {
      stopped = false;
    },
    stop(): void {
      stopped = true;
    },

    callFault(caller: string, call: AwsCall): CallFault | undefined {
      const fault = faultOf(call);
      if (fault) note(`${fault}: ${call.service} ${call.operation} of ${caller}`);
      return fault;
    },
    /** Time of a call on the way to a service or back, in milliseconds. */
    callDelay: () => between('call', 1, 15),
    slowDelay: () => 100 * 900 ** between('slow delay', 0, 1),
    /** Whether Lambda rejects a call. */
    throttles: (name: string) => noted('throttled', `throttled: ${name}`),
    pause: () => between('pause', 1, 10),
    coldStart: () => between('cold start', 100, 1_500),
    taskStart: () => between('task start', 500, 20_000),

    /** Delays of further calls with the same messages. */
    repeats: (name: string): number[] =>
      noted('messageRepeated', `messages repeated: ${name}`) ? [between('repeat', 0, LATE_MS)] : [],
    deliveryDelay: (name: string): number =>
      noted('messageLate', `messages late: ${name}`)
        ? between('late', 0, LATE_MS)
        : between('delivery', 1, 50),
    /** Delays of the deliveries of an event of the bus. */
    deliveries(): number[] {
      if (noted('eventLost', 'event lost')) return [];
      const delay = () => (happens('eventLate') ? between('event', 0, LATE_MS) : between('event', 1, 500));
      return noted('eventDoubled', 'event doubled') ? [delay(), delay()] : [delay()];
    },
    /** Delays of the calls of a schedule in this minute. */
    ticks(name: string): number[] {
      if (noted('tickLost', `schedule lost: ${name}`)) return [];
      const delay = () => between('tick', 0, 5_000);
      return noted('tickDoubled', `schedule doubled: ${name}`) ? [delay(), delay()] : [delay()];
    },
    /** Whether the request of a client, or the response to it, is lost. */
    requestLost: (name: string) => noted('requestLost', `request lost: ${name}`),
    answerLost: (name: string) => noted('answerLost', `response lost: ${name}`),

    /** When the host of a container fails, if it does while the container runs for this time. */
    hostLife: (milliseconds: number): number | undefined =>
      noted('hostFailed', 'host of a task failed') ? between('host', 0, milliseconds) : undefined,
    failsToStart: () => noted('notStarted', 'task did not start'),
    rejectsTask: () => noted('taskRejected', 'task rejected'),
    /** What participants do and their steps. */
    cancels: () => happens('canceled'),
    removes: () => happens('removed'),
    stepFails: () => happens('failed'),
  };

  function faultOf({ service, isWrite }: AwsCall): CallFault | undefined {
    if (stopped) return undefined;
    if ((outages.get(service) ?? 0) > simulation.now()) return 'rejected';
    if (happens('outage') && chance('outage of a service', 0.1)) {
      outages.set(service, simulation.now() + between('outage length', 1_000, OUTAGE_MS));
      note(`outage of ${service} begins`);
      return 'rejected';
    }
    if (happens('rejected')) return 'rejected';
    if (happens('slow')) return 'slow';
    if (!isWrite) return undefined;
    if (happens('responseLost')) return 'response lost';
    if (happens('killedBefore')) return 'killed before';
    return happens('killedAfter') ? 'killed after' : undefined;
  }
}
