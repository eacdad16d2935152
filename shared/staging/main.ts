import { readEnvironment } from './environment.ts';
import { describeFailure } from './failure.ts';

/**
 * The staging program: `stage` before the first step of a task, `warden` beside all of them. It exits with 0 when it has
 * done its part; how the steps themselves ended is in their status documents.
 *
 * Each mode loads only its own modules, because every task waits for both. The log has one line with the outcome and
 * never contains a ticket or a link.
 */
async function main(mode: string | undefined): Promise<number> {
  const stop = new AbortController();
  try {
    if (mode === 'stage') {
      const { stage } = await import('./stage.ts');
      process.stdout.write(`${await stage(readEnvironment(process.env))}\n`);
      return 0;
    }
    process.on('SIGTERM', () => stop.abort());
    const { guardSteps } = await import('./steps-of-task.ts');
    process.stdout.write(`${await guardSteps(process.env, stop.signal)}\n`);
    return 0;
  } catch (error) {
    const { code, message } = describeFailure(error);
    process.stderr.write(`${mode} failed: ${code}: ${message}\n`);
    return 1;
  }
}

// Open connections and timers must not keep a finished program running.
main(process.argv.at(-1)).then((code) => process.exit(code));
