import { InvokeError } from '@flowserv/local-aws';
import { handlers } from '../../../infra/local/handlers.ts';
import { type FunctionName, functions } from '../../../infra/local/names.ts';
import { readConfig } from '../../../shared/config.ts';
import { createServices } from '../../../shared/services/services.ts';
import type { FaultPlan } from '../fault-plan.ts';
import type { Process, Simulation } from './simulation.ts';

type Handler = ReturnType<(typeof handlers)['api']> | ReturnType<(typeof handlers)['dispatch']>;
type Instance = (event: never, context: never) => unknown;

/** The document of a function that failed (Lambda, "Lambda function errors in Node.js"). */
class FunctionError extends Error {
  readonly errorType: string;
  readonly errorMessage: string;
  readonly trace: readonly string[] = [];
  constructor(errorType: string, errorMessage: string, cause?: unknown) {
    super(errorMessage, { cause });
    this.errorType = errorType;
    this.errorMessage = errorMessage;
  }
}

export interface FunctionsOptions {
  readonly simulation: Simulation;
  readonly plan: FaultPlan;
  readonly environment: (name: FunctionName) => Readonly<Record<string, string>>;
}

export type Functions = ReturnType<typeof createFunctions>;

/**
 * Lambda with the product's handlers: an instance serves one call at a time and keeps its memory until it dies, and a
 * call ends with the function's time limit.
 */
export function createFunctions({ simulation, plan, environment }: FunctionsOptions) {
  const idle = new Map<FunctionName, Instance[]>();
  const running = new Set<Process>();
  let calls = 0;

  const start = (name: FunctionName): Instance => {
    const services = createServices(readConfig(environment(name)), () => new Date(simulation.now()));
    return handlers[name](services) as Handler as Instance;
  };

  /** @throws FunctionError, or InvokeError when the function did not run */
  const invoke = async (name: FunctionName, event: unknown): Promise<unknown> => {
    if (plan.throttles(name)) throw new InvokeError('TooManyRequestsException', 'Rate Exceeded.');
    const instance = idle.get(name)?.pop();
    await simulation.sleep(instance ? plan.pause() : plan.coldStart());
    calls += 1;
    const { promise: death, reject } = Promise.withResolvers<never>();
    const process: Process = {
      name: `${name}#${calls}`,
      dead: false,
      kill(reason) {
        process.dead = true;
        running.delete(process);
        reject(new FunctionError(reason, `${process.name} ended: ${reason}`));
      },
    };
    running.add(process);
    const limitMs = functions[name].timeoutSeconds * 1000;
    const deadline = simulation.now() + limitMs;
    const stopClock = simulation.as(undefined, () =>
      simulation.after(limitMs, () => {
        plan.note(`${process.name} timed out`);
        process.kill('Sandbox.Timedout');
      }),
    );
    const context = { getRemainingTimeInMillis: () => Math.max(0, deadline - simulation.now()) };
    const handler = instance ?? simulation.as(process, () => start(name));
    try {
      const copy = JSON.parse(JSON.stringify(event));
      const result = await Promise.race([
        death,
        simulation.as(process, async () => handler(copy as never, context as never)),
      ]);
      idle.set(name, [...(idle.get(name) ?? []), handler]);
      return result === undefined ? null : JSON.parse(JSON.stringify(result));
    } catch (error) {
      if (error instanceof FunctionError) throw error;
      idle.set(name, [...(idle.get(name) ?? []), handler]);
      const { name: type, message } = error instanceof Error ? error : new Error(String(error));
      throw new FunctionError(type, message, error);
    } finally {
      stopClock();
      running.delete(process);
    }
  };

  return { invoke, count: () => calls };
}
