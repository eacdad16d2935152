import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { type Check, hold } from '../check.ts';
import {
  IN_ONE_TASK,
  IN_ONE_WAVE,
  SHELL_IMAGE,
  WITH_STATIC_FILE,
  WRITTEN_IN_ONE_TASK,
} from '../probe-template.ts';
import { stoppedTask, tasksOf } from '../tasks.ts';
import { type Ended, ended, endOf, ranked, runTrial, startTrial, type Trial } from '../trial.ts';

const WORD_COUNT = fileURLToPath(new URL('../../../examples/word-count', import.meta.url));

const says = ({ run }: Ended, pattern: RegExp) =>
  run.messages?.some((message) => pattern.test(message)) ?? false;

const good: Check = {
  id: 'run-good',
  title: 'the example word-count is installed, runs and is ranked, and its files and archive are downloaded',
  proves:
    'the whole path of a run: the state machine assumes its role, tasks pull their images and reach broker and S3 with links whose checksum is signed, events come back, the leaderboard ranks',
  needs: [],
  minutes: 15,
  async run(world) {
    const { client, name } = await world.person('one');
    const workflow = await world.install('words', WORD_COUNT);
    const group = await client.groups.create(workflow, { name });
    const trial = await endOf(world, { client }, await client.runs.start(group.id));
    const seen = ended(trial, 'SUCCESS');
    const files = trial.run.files ?? [];
    const sizes: Record<string, number> = {};
    for (const { id, name: path } of files) {
      sizes[path] = (await (await client.runs.downloadFile(trial.run.id, id)).arrayBuffer()).byteLength;
    }
    const archive = await (await client.runs.downloadArchive(trial.run.id)).arrayBuffer();
    const { ranking } = await client.workflows.leaderboard(workflow);
    hold(ranking[0]?.run.id === trial.run.id, 'the run is not on the leaderboard', { ...seen, ranking });
    return { ...seen, files: sizes, archive: archive.byteLength, results: ranking[0]?.results };
  },
};

const failing: Check = {
  id: 'run-failing',
  title: 'a step that exits with 3 ends its run as ERROR with the output of the step, after one attempt',
  proves:
    "a `step` that exits non-zero while `warden` exits 0 leaves the task's state a success, and the metadata endpoint shows `warden` the exit code of its sibling",
  needs: [],
  minutes: 10,
  async run(world) {
    const commands = ['echo the reason is here >&2; exit 3'];
    const trial = await runTrial(world, { image: SHELL_IMAGE, commands });
    const seen = ended(trial, 'ERROR');
    hold(says(trial, /the reason is here/), "the run's messages lack the output of the step", seen);
    hold(
      trial.steps[0]?.exitCode === 3 && trial.steps[0].attempt === 1,
      'the exit code is not recorded',
      seen,
    );
    return seen;
  },
};

/** Duration of a step: longer than the check waits, and short enough to end soon. */
const SLEEP_SECONDS = 600;

const canceled: Check = {
  id: 'run-canceled',
  title: 'a run that is canceled while its step runs is CANCELED immediately, and its task ends without help',
  proves:
    "Step Functions may stop the cluster's tasks, SIGTERM reaches the step, and `warden` has its two minutes after that",
  needs: [],
  minutes: 12,
  async run(world) {
    const member = await world.member('one');
    const before = await tasksOf(world.target.config);
    const started = await startTrial(member, {
      image: SHELL_IMAGE,
      commands: [`sleep ${SLEEP_SECONDS}`],
    });
    const task = await stoppedTask.begun(world.target.config, before);
    const canceledAt = Date.now();
    const answer = await member.client.runs.cancel(started.id, 'canceled by a check');
    hold(answer.state === 'CANCELED', `the run is ${answer.state} instead of CANCELED`);
    const seen = await stoppedTask.ended(world.target.config, task);
    const run = await member.client.runs.get(started.id);
    hold(run.state === 'CANCELED', `the run became ${run.state}`, seen);
    return { run: run.id, messages: run.messages, secondsToStop: (Date.now() - canceledAt) / 1000, ...seen };
  },
};

const sharedTask: Check = {
  id: 'run-shared-task',
  title: 'eight steps of the same image run one after the other in one task',
  proves:
    'Fargate accepts ten containers and 24 volumes in a task, starts a container when the one before it stopped, and reports the exit code of each',
  needs: [],
  minutes: 20,
  async run(world) {
    const { client, name } = await world.person('one');
    const workflow = await world.installFiles('shared', IN_ONE_TASK);
    const group = await client.groups.create(workflow, { name });
    const trial = await endOf(world, { client }, await client.runs.start(group.id));
    const seen = ended(trial, 'SUCCESS');
    const tasks = new Set(trial.steps.map(({ taskArn }) => taskArn));
    hold(tasks.size === 1, `the steps ran in ${tasks.size} tasks`, { ...seen, tasks: [...tasks] });
    hold(trial.evidence === WRITTEN_IN_ONE_TASK, 'a step did not get the files of the one before it', seen);
    return { ...seen, tasks: tasks.size };
  },
};

const parallel: Check = {
  id: 'run-parallel',
  title: 'two steps run at the same time, and when one fails, the task of the other is stopped',
  proves:
    'an inline Map starts a task for each step, its states read the variables around it, and Step Functions stops the tasks of other iterations when one fails',
  needs: [],
  minutes: 15,
  async run(world) {
    const { client, name } = await world.person('one');
    const workflow = await world.installFiles('parallel', IN_ONE_WAVE);
    const group = await client.groups.create(workflow, { name });
    const run = async (seconds: number, end: string) => {
      const values = Object.entries({ seconds, end });
      const given = values.map(([argument, value]) => ({ name: argument, value }));
      return endOf(world, { client }, await client.runs.start(group.id, { arguments: given }));
    };
    const first = await run(5, 'good');
    const seen = ended(first, 'SUCCESS');
    hold(first.evidence === 'one\ntwo\n', 'the last step did not get the files of both', seen);
    const [one, two] = first.steps;
    const together =
      one && two && one.startedAt < (two.finishedAt ?? '') && two.startedAt < (one.finishedAt ?? '');
    hold(together === true, 'the steps ran one after the other', seen);
    const bad = await run(SLEEP_SECONDS, 'bad');
    const stopped = ended(bad, 'ERROR');
    hold(bad.seconds < SLEEP_SECONDS, 'the other step was not stopped', stopped);
    return { ...seen, secondsUntilStopped: bad.seconds };
  },
};

const stageFails: Check = {
  id: 'stage-fails',
  title: 'a step whose files cannot be staged never runs, and its run ends as ERROR',
  proves: '`dependsOn: COMPLETE` lets `warden` report after a failed `stage` on Fargate',
  needs: [],
  minutes: 20,
  async run(world) {
    const { client, name } = await world.person('one');
    const workflow = await world.installFiles('static', WITH_STATIC_FILE);
    const group = await client.groups.create(workflow, { name });
    await world.services.objects.removeAll('data', `w/${workflow}/static/`);
    const trial = await endOf(world, { client }, await client.runs.start(group.id));
    const seen = ended(trial, 'ERROR');
    hold(trial.steps[0]?.exitCode !== 0, 'the step ran without its file', seen);
    return seen;
  },
};

const postProcessing: Check = {
  id: 'post-processing',
  title: 'the leaderboard ranks the best run of each group, and post-processing combines these runs',
  proves: 'the queue of the leaderboard, its function and the run that it starts work together',
  needs: [],
  minutes: 20,
  async run(world) {
    const [one, two] = [await world.member('one'), await world.member('two')];
    const scored = (score: number): Trial => ({ image: SHELL_IMAGE, commands: [ranked(score)] });
    const runs = await Promise.all([
      startTrial(one, scored(7)).then((run) => endOf(world, one, run)),
      startTrial(two, scored(9)).then((run) => endOf(world, two, run)),
    ]);
    for (const trial of runs) ended(trial, 'SUCCESS');
    const workflow = await world.probe();
    const { ranking } = await one.client.workflows.leaderboard(workflow);
    const places = ranking.map(({ group, results }) => `${group.name}: ${results[0]?.value}`);
    hold(ranking[0]?.run.id === runs[1].run.id, 'the higher score is not the first', { places });
    for (;;) {
      const { postproc } = await one.client.workflows.get(workflow);
      const file = postproc?.state === 'SUCCESS' ? postproc.files?.[0] : undefined;
      const text = file && (await (await one.client.workflows.downloadFile(workflow, file.id)).text());
      hold(postproc?.state !== 'ERROR', 'post-processing failed', { messages: postproc?.messages });
      if (text?.includes('7') && text.includes('9')) return { places, 'all.txt': text };
      await sleep(POLL_MS);
    }
  },
};
const POLL_MS = 1000;

/** The life of runs, from a successful one to one whose files are missing. */
export const runChecks: readonly Check[] = [
  good,
  failing,
  canceled,
  sharedTask,
  parallel,
  stageFails,
  postProcessing,
];
