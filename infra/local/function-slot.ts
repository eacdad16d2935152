import { type FunctionHost, InvokeError } from '@flowserv/local-aws';

/** A function host that is set after its callers were started: they need each other's ports. */
export interface FunctionSlot extends FunctionHost {
  fill(host: FunctionHost): void;
}

export function createFunctionSlot(): FunctionSlot {
  let filled: FunctionHost | undefined;
  const host = (): FunctionHost => {
    if (!filled) throw new InvokeError('ResourceNotReadyException', 'the functions are not ready yet');
    return filled;
  };
  return {
    fill(next) {
      filled = next;
    },
    invoke: async (name, event, signal) => host().invoke(name, event, signal),
    close: async () => filled?.close(),
  };
}
