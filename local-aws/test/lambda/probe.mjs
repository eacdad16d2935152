// A function for the tests of the child-process host. The event selects its action.
let calls = 0;

const actions = {
  echo: ({ value }) => value,
  context: (_event, { getRemainingTimeInMillis, ...context }) => ({
    ...context,
    remaining: getRemainingTimeInMillis(),
  }),
  environment: () => process.env,
  process: () => ({ pid: process.pid, calls, cwd: process.cwd(), options: process.execArgv.join(' ') }),
  sleep: async ({ ms }) => {
    await new Promise((resolve) => setTimeout(resolve, ms));
    return { pid: process.pid };
  },
  spin: () => {
    for (;;);
  },
  fail: () => {
    throw new RangeError('too far');
  },
  exit: ({ code }) => process.exit(code),
  kill: () => process.kill(process.pid, 'SIGKILL'),
  throwLater: () => {
    setImmediate(() => {
      throw new TypeError('not caught');
    });
    return new Promise(() => {});
  },
  rejectLater: () => {
    void Promise.reject(new Error('not awaited'));
    return new Promise(() => {});
  },
  fillMemory: () => {
    const kept = [];
    for (;;) kept.push(new Array(100_000).fill(calls));
  },
  large: ({ length }) => 'é'.repeat(length),
  say: ({ lines }) => {
    for (const line of lines) process.stdout.write(`${line}\n`);
    process.stderr.write('to the error output, without a line end');
  },
};

export const handler = (event, context) => {
  calls += 1;
  return actions[event.action](event, context);
};
