import type { Run } from '../../shared/api/answers.ts';
import type { RunState } from '../../shared/runs/state.ts';
import { readRunAndSteps, type StepRecord } from '../../shared/runs/steps/record.ts';
import { followRun } from '../session/follow-run.ts';
import { hold } from './check.ts';
import { EVIDENCE, RESULT } from './probe-template.ts';
import type { Member, World } from './world.ts';

/** A step to try: an image and its commands. */
export interface Trial {
  readonly image: string;
  readonly commands: readonly string[];
}

/** The end of a run. */
export interface Ended {
  readonly run: Run;
  readonly steps: readonly StepRecord[];
  /** The file that the step left for the check; empty if there is none. */
  readonly evidence: string;
  /** From the start of the run to its end. */
  readonly seconds: number;
}

/** A command that writes the result by which the probe's run is ranked. */
export const ranked = (score: number): string => `echo '{"score": ${score}}' > ${RESULT}`;

/** A command that runs a Python program with any content; its output is the evidence. */
export const python = (program: string): string =>
  `python3 -c "import base64; exec(base64.b64decode('${Buffer.from(program).toString('base64')}'))" > ${EVIDENCE}`;

export const startTrial = ({ client, groupId }: Member, { image, commands }: Trial): Promise<Run> =>
  client.runs.start(groupId, {
    arguments: [{ name: 'action', value: { environment: image, commands } }],
  });

/** Runs a step as a participant and waits for the end of its run. */
export async function runTrial(world: World, trial: Trial): Promise<Ended> {
  const member = await world.member('one');
  return endOf(world, member, await startTrial(member, trial));
}

/** Waits for the end of a run. */
export async function endOf(world: World, { client }: Pick<Member, 'client'>, started: Run): Promise<Ended> {
  let state = '';
  const run = await followRun(client, started, (seen) => {
    if (seen.state !== state) world.say(`run ${seen.id}: ${seen.state}`);
    state = seen.state;
  });
  const stored = await readRunAndSteps(world.services, run.id);
  const file = run.files?.find(({ name }) => name === EVIDENCE);
  const evidence = file ? await (await client.runs.downloadFile(run.id, file.id)).text() : '';
  const seconds = (Date.parse(run.finishedAt ?? run.createdAt) - Date.parse(run.createdAt)) / 1000;
  return { run, steps: stored?.steps ?? [], evidence, seconds };
}

/** A run in the form of a report. */
const described = ({ run, steps, seconds }: Ended) => ({
  run: run.id,
  state: run.state,
  seconds: Math.round(seconds),
  messages: run.messages,
  warnings: run.warnings?.map(({ code }) => code),
  steps: steps.map(({ name, attempt, state, exitCode, reason, imageDigest }) => ({
    name,
    attempt,
    state,
    exitCode,
    reason,
    imageDigest,
  })),
});

/** A run in the form of a report. @throws Disproved unless its state is the expected one */
export function ended(trial: Ended, state: RunState) {
  const seen = described(trial);
  hold(trial.run.state === state, `the run is ${trial.run.state} instead of ${state}`, seen);
  return seen;
}
