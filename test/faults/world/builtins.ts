import crypto from 'node:crypto';
import { syncBuiltinESMExports } from 'node:module';
import timers from 'node:timers';
import timersPromises from 'node:timers/promises';
import { currentContext, type Simulation } from './simulation.ts';

/** A timer of the simulation, with the methods of Node's own that code calls. */
class SimulatedTimer {
  readonly cancel: () => void;
  constructor(simulation: Simulation, run: () => void, milliseconds: number) {
    this.cancel = simulation.after(milliseconds, run);
  }
  ref(): this {
    return this;
  }
  unref(): this {
    return this;
  }
  hasRef(): boolean {
    return true;
  }
}

type Replaceable = Record<string, unknown>;

/**
 * Replaces what depends on time and chance by the simulation's own, for code inside a simulation only: timers,
 * `Math.random`, `performance.now`, and the random numbers of `node:crypto`.
 *
 * @returns a function that restores everything
 */
export function replaceBuiltins(): () => void {
  const restores: (() => void)[] = [];
  /** Calls the replacement inside a simulation, and the original elsewhere. */
  const replace = (
    owner: object,
    name: string,
    // biome-ignore lint/suspicious/noExplicitAny: each function has its own parameters
    inside: (simulation: Simulation, given: readonly any[]) => unknown,
  ) => {
    const replaceable = owner as Replaceable;
    const original = replaceable[name] as (...given: readonly unknown[]) => unknown;
    const replacement = (...given: readonly unknown[]): unknown => {
      const context = currentContext();
      return context ? inside(context.simulation, given) : Reflect.apply(original, owner, given);
    };
    replaceable[name] = Object.assign(replacement, original);
    restores.push(() => {
      replaceable[name] = original;
    });
  };

  // Middy takes its timer from `node:timers`.
  for (const owner of [globalThis, timers]) {
    replace(
      owner,
      'setTimeout',
      (simulation, [run, milliseconds = 0, ...given]) =>
        new SimulatedTimer(simulation, () => run(...given), milliseconds),
    );
    const clear = owner.clearTimeout;
    owner.clearTimeout = (timer) => {
      if (timer instanceof SimulatedTimer) timer.cancel();
      else clear(timer);
    };
    restores.push(() => {
      owner.clearTimeout = clear;
    });
  }
  replace(timersPromises, 'setTimeout', (simulation, [milliseconds]) => simulation.sleep(milliseconds ?? 0));
  replace(Math, 'random', (simulation) => simulation.random('Math'));
  replace(performance, 'now', (simulation) => simulation.now());
  const bytes = (simulation: Simulation, size: number) =>
    Buffer.from(Array.from({ length: size }, () => Math.floor(simulation.random('crypto') * 256)));
  replace(crypto, 'randomBytes', (simulation, [size]) => bytes(simulation, size ?? 0));
  replace(crypto, 'randomUUID', (simulation) => {
    const hex = bytes(simulation, 16).toString('hex');
    return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20)}`;
  });
  syncBuiltinESMExports();
  return () => {
    for (const restore of restores) restore();
    syncBuiltinESMExports();
  };
}
