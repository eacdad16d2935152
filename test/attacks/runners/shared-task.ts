import { expect } from 'vitest';
import { readReports } from '../../../shared/runs/steps/reports.ts';
import { installTemplate, resultText, start } from '../../end-to-end/install-template.ts';
import { stepsOf } from '../../end-to-end/played-run.ts';
import type { RunningStack } from '../../end-to-end/running-stack.ts';

/** Everything that a step could leave for the next one, besides files in the run tree. */
const LEFTOVERS = [
  // Code of the next step, and folders that it starts in.
  'echo "echo forged" > code/next.sh; mkdir -p own; echo "echo forged" > own/next.sh; ln -s ../own code/link',
  'for at in "$FS_LOG/home" "$FS_LOG/tmp" "$HOME" /tmp; do echo "echo forged" > "$at/.profile"; done',
  // Marks and logs of a step, and files that block or hide.
  'for name in 0.out 0.err 5.out variable.json; do echo forged > "$FS_LOG/left-$name"; done',
  'ln -s / "$FS_LOG/root"; ln -s / root-link; mkfifo "$FS_LOG/pipe" pipe',
  'mkdir closed "$FS_LOG/closed"; echo x > closed/file; chmod 000 closed "$FS_LOG/closed"',
];

/** Files of the next step where its own container, or the warden, has them. */
const FORGED_FILES = [
  'for at in "$FS_CTL" "$FS_CTL/.." "$FS_WORK/.." / /flowserv /tmp; do for name in ctl1 1/ctl; do',
  'mkdir -p "$at/$name"; echo "echo forged; exit 0" > "$at/$name/step.sh"; echo > "$at/$name/ready"',
  'done; done; echo "echo forged" > "$FS_CTL/step.sh"; echo > "$FS_CTL/ready1"',
];
/** A process that goes on in a session of its own. */
const LATE = `setsid sh -c 'while :; do echo forged > "$FS_WORK/code/next.sh"; sleep 0.01; done' &`;

/** Writes what a step starts with: the content of each folder that it can write to. */
const LOOK =
  'for at in "$FS_CTL" "$FS_LOG" "$HOME" "$TMPDIR" "$FS_WORK"; do ' +
  '(cd "$at"; find . ! -path "./seen.txt" | sort; ls -ld .| cut -c1-10); done > seen.txt';

const template = (image: string) => `workflow:
  files: {outputs: [seen.txt]}
  steps:
    - name: hostile
      action: {environment: '${image}', commands: ['sh code/hostile.sh']}
    - name: next
      action: {environment: '${image}', commands: ['sh code/next.sh', 'sh code/look.sh']}
`;
/** A worker with another size keeps the second step out of the task of the first. */
const SEPARATE = {
  workers: [{ name: 'w', type: 'docker', memory: '1 GiB', cpu: 0.5 }],
  workflow: [{ step: 'next', worker: 'w' }],
};

/**
 * Runs a hostile step and another one, in one task and in two. Checks that the second step starts with the same files
 * in both cases, and that its code, output and end are its own.
 *
 * @param options.isolated whether the runner keeps a step from files outside its volumes, and ends all its processes
 */
export async function attackNextStep(
  stack: RunningStack,
  { image, isolated }: { readonly image: string; readonly isolated: boolean },
): Promise<void> {
  const more = isolated ? [`(${FORGED_FILES.join('; ').replaceAll('do;', 'do')}) 2>/dev/null`, LATE] : [];
  const hostile = [...LEFTOVERS, ...more, 'true'].join('\n');
  const seen: string[] = [];
  for (const config of [undefined, SEPARATE]) {
    const { token } = await stack.user(`mallory-${config === undefined}`);
    const files = { 'code/hostile.sh': hostile, 'code/next.sh': 'echo honest\n', 'code/look.sh': LOOK };
    const workflow = await installTemplate(stack, template(image), files, { config });
    const { json } = await start(stack, await stack.group(workflow, token, 'Group'), token);
    const run = await stack.ended(json.id, token);
    expect(run).toMatchObject({ state: 'SUCCESS' });
    const [first, second] = await stepsOf(stack.services, run.id);
    expect([first?.exitCode, second?.exitCode]).toEqual([0, 0]);
    expect(first?.taskArn === second?.taskArn).toBe(config === undefined);
    const [, report] = await readReports(stack.services, run.id);
    expect(report?.status?.commands.map(({ stdout }) => stdout)).toEqual(['honest\n', '']);
    seen.push(await resultText(stack, run, 'seen.txt'));
  }
  expect(seen[0]).toBe(seen[1]);
}
