import { setTimeout as sleep } from 'node:timers/promises';
import { type Check, hold } from '../check.ts';
import { SHELL_IMAGE } from '../probe-template.ts';
import { billedTask } from '../tasks.ts';
import { ended, endOf, startTrial } from '../trial.ts';

/** The shortest time that is charged for a task. */
const MIN_SECONDS = 60;
const POLL_MS = 500;

const recorded: Check = {
  id: 'run-usage',
  title: 'the usage of a run has at least the seconds that AWS bills for its task',
  proves:
    'a task is described after its end, with the times from the start of the image pull to its stop; the record of the step begins before the first and ends after the last, so usage and costs are not too low',
  needs: [],
  minutes: 5,
  async run(world) {
    const member = await world.member('one');
    const started = await startTrial(member, { image: SHELL_IMAGE, commands: ['sleep 2'] });
    const trial = await endOf(world, member, started);
    const seen = ended(trial, 'SUCCESS');
    const [step] = trial.steps;
    const billed = await billedTask(world.services.config, step?.taskArn ?? '');
    let { usage } = trial.run;
    // It is known a moment after the end of the run.
    while (!usage) {
      await sleep(POLL_MS);
      usage = (await member.client.runs.get(trial.run.id)).usage;
    }
    const evidence = { ...seen, billed, usage, startedAt: step?.startedAt, finishedAt: step?.finishedAt };
    hold(billed !== undefined, 'the times of the task are not known after its end', evidence);
    const lasted = (Date.parse(step?.finishedAt ?? '') - Date.parse(step?.startedAt ?? '')) / 1000;
    hold(lasted >= billed.seconds, 'the step was shorter than the time that is billed', evidence);
    const least = Math.max(MIN_SECONDS, Math.ceil(billed.seconds));
    hold(usage.taskSeconds >= least, 'the usage has fewer seconds than are billed', evidence);
    hold(usage.usd > 0, 'the run has no cost', evidence);
    return evidence;
  },
};

/** What runs use and cost. */
export const usageChecks: readonly Check[] = [recorded];
