import { AsyncLocalStorage } from 'node:async_hooks';
import { createRandom, type Random } from '@flowserv/local-aws';

/** Something that runs in the simulation and can die: an invocation of a function, or a container. */
export interface Process {
  readonly name: string;
  /** From then on nothing that it waits for happens. */
  dead: boolean;
  /** Ends it as a killed process ends. */
  kill(reason: string): void;
}

/** What code of the simulation runs as: a process, or AWS itself if there is none. */
interface Context {
  readonly simulation: Simulation;
  readonly process: Process | undefined;
}

const contexts = new AsyncLocalStorage<Context>();
/** The context of the running code; undefined outside of every simulation. */
export const currentContext = (): Context | undefined => contexts.getStore();

interface Timer {
  readonly time: number;
  readonly number: number;
  readonly context: Context;
  readonly run: () => void;
}

/** The real function: inside a simulation the global one is replaced. */
const nextTurn = () => new Promise<void>((resolve) => setImmediate(resolve));
/** The real timer, likewise. */
const startTimer = setTimeout;
/** A wait in real time before the clock leaps, in milliseconds. */
const LEAP_MS = 10;
const beforeLeap = () => new Promise<void>((resolve) => void startTimer(resolve, LEAP_MS));
/** Whether this process reads a file, such as a module that is loaded for the first time. */
const readsFile = () => process.getActiveResourcesInfo().some((name) => name.startsWith('FSReq'));
/** Turns of the event loop in which code that received something goes on to what it waits for next. */
const TURNS = 2;

export type Simulation = ReturnType<typeof createSimulation>;

/**
 * A virtual clock, and one list of everything that will happen, in the order of its time. The next thing happens when
 * all code waits for something of the list, so the order depends on the seed alone, and an hour passes in no time.
 *
 * @param seed determines all random numbers
 * @param start the first time, in milliseconds since the epoch
 */
export function createSimulation(seed: number, start: number) {
  let time = start;
  let number = 0;
  const timers: Timer[] = [];
  let busy = 0;
  let idle = Promise.withResolvers<void>();
  const streams = new Map<string, Random>();

  const random = (stream: string): number => {
    const existing = streams.get(stream) ?? createRandom(seed, stream);
    streams.set(stream, existing);
    return existing();
  };

  /** Waits until no real work is in progress, and all code waits for the list. */
  const settle = async (): Promise<void> => {
    do {
      if (busy > 0) await idle.promise;
      for (let turn = 0; turn < TURNS; turn += 1) await nextTurn();
    } while (busy > 0 || readsFile());
  };

  const takeNext = (until: number): Timer | undefined => {
    const next = timers[0];
    if (!next || next.time > until) return undefined;
    timers.shift();
    return next;
  };

  const fire = async (next: Timer): Promise<void> => {
    time = next.time;
    if (!next.context.process?.dead) contexts.run(next.context, next.run);
    await settle();
  };

  const simulation = {
    now: () => Math.floor(time),
    /** A random number of one of the seed's sequences: at least 0 and below 1. */
    random,
    /** Whether something happens that has this probability. */
    chance: (stream: string, share: number): boolean => share > 0 && random(stream) < share,
    /** A random number between two. */
    between: (stream: string, least: number, most: number): number => least + random(stream) * (most - least),

    /** Calls back after a time in milliseconds, unless the process that set the timer died. */
    after(milliseconds: number, run: () => void): () => void {
      const context = contexts.getStore() ?? { simulation, process: undefined };
      number += 1;
      const timer = { time: time + Math.max(0, milliseconds), number, context, run };
      const index = timers.findLastIndex((other) => other.time <= timer.time);
      timers.splice(index + 1, 0, timer);
      return () => {
        const found = timers.indexOf(timer);
        if (found >= 0) timers.splice(found, 1);
      };
    },
    sleep: (milliseconds: number): Promise<void> =>
      new Promise((resolve) => simulation.after(milliseconds, resolve)),

    /** Runs code as a process of the simulation, or as AWS. */
    as: <T>(process: Process | undefined, run: () => T): T => contexts.run({ simulation, process }, run),
    /** Does real work, which takes no time in the simulation. */
    async really<T>(work: () => Promise<T>): Promise<T> {
      busy += 1;
      try {
        return await contexts.exit(work);
      } finally {
        busy -= 1;
        if (busy === 0) {
          idle.resolve();
          idle = Promise.withResolvers();
        }
      }
    },

    /** Lets the next thing happen; returns whether there was one before a time. */
    async step(until: number): Promise<boolean> {
      await settle();
      const next = takeNext(until);
      if (next) await fire(next);
      return next !== undefined;
    },
    /** Lets time pass until a time, or until nothing happens before it. The clock then stands at that time. */
    async run(until: number): Promise<void> {
      await settle();
      for (;;) {
        for (let next = takeNext(until); next; next = takeNext(until)) await fire(next);
        // What the simulation does not see may still be in progress.
        await beforeLeap();
        await settle();
        if ((timers[0]?.time ?? Number.POSITIVE_INFINITY) > until) break;
      }
      time = Math.max(time, until);
    },
  };
  return simulation;
}
