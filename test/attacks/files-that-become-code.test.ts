import { beforeAll, describe, expect, it } from 'vitest';
import { installTemplate, resultText, SCORES, start } from '../end-to-end/install-template.ts';
import { useStack } from '../end-to-end/stack-fixture.ts';

/**
 * A step of the organiser that runs the content of a participant's file, in whatever way, gets no private files. Each
 * command runs the commands of `work/job`, which a participant's step leaves.
 */
const COMMANDS = [
  'eval "$$(cat work/job)"',
  'eval `head -n 1 work/job`',
  'x=$$(head -n 1 work/job); eval "$$x"',
  'read x < work/job; eval "$$x"',
  'while read x; do sh -c "$$x"; done < work/job',
  'cat work/job > work/next; while read x; do eval "$$x"; done < work/next',
  'sh -c "$$(cat work/job)"',
  'sh <<END\n$$(cat work/job)\nEND',
  'sh < work/job',
  'cat work/job | sh',
  'sh /dev/stdin < work/job',
  '. /dev/stdin < work/job',
  '. ./work/job',
  'cp work/job /tmp/flowserv-attack-job; sh /tmp/flowserv-attack-job; rm /tmp/flowserv-attack-job',
  'cat work/job > code/run.sh; sh code/run.sh',
  'cp work/job code/score.sh; sh code/score.sh',
  'cp -r work/. code/; sh code/job',
  'xargs -a work/job -I{} sh -c {}',
  'xargs -I{} sh -c "{}" < work/job',
  'cd work && make -s',
  'export $$(sed -n 2p work/job); sh -i < /dev/null; python3 -c 1',
  'python3 -c "$$(cat work/code.txt)"',
  'trap "sh work/job" EXIT',
  'env -S "sh work/job"',
  'find work -name job -exec sh {} ;',
  "git -c alias.x='!sh work/job' x",
  'split --filter "sh work/job" code/score.sh',
  `perl -e 'system("sh work/job")'`,
  `awk 'BEGIN { system("sh work/job") }'`,
  `node -e 'import("./work/job.mjs")'`,
  'NODE_OPTIONS="--import ./work/job.mjs" node -e 1',
] as const;

/** Shell commands, which are also settings of an environment and lines of a list. */
const JOB = ['cp truth/labels.txt seen.txt', 'ENV=work/job'];
const CODE = "import shutil; shutil.copy('truth/labels.txt', 'seen.txt')";

const MODULE = "import { copyFileSync } from 'fs'; copyFileSync('truth/labels.txt', 'seen.txt')";

const template = (command: string) =>
  `parameters:
  - {name: job, dtype: actor}
workflow:
  files: {outputs: [seen.txt]}
  steps:
    - name: job
      files: {outputs: [work/]}
      action: $[[job]]
    - name: score
      action:
        environment: python:3.9
        commands:
          - echo nothing > seen.txt
          - ${JSON.stringify(command)}
          - ${JSON.stringify(`echo '{"score": 1}' > result.json`)}
${SCORES}`;

const FILES = {
  'code/score.sh': 'true\n',
  'truth/labels.txt': { text: 'canary-7d2c\n', access: 'private' as const },
};

describe("a step that runs the content of a participant's file", () => {
  const stack = useStack();
  let token: string;
  beforeAll(async () => {
    token = (await stack.user('mallory')).token;
  });

  it.each(COMMANDS)('gets no private files: %s', async (command) => {
    const id = `W${COMMANDS.indexOf(command)}`;
    await installTemplate(stack, template(command), FILES, { id });
    const group = await stack.group(id, token, 'Group');
    const lines = JOB.map((line) => `echo ${JSON.stringify(line)} >> work/job`);
    const rule = "printf 'all:\\n\\tcp ../truth/labels.txt ../seen.txt\\n' > work/Makefile";
    const code = `echo ${JSON.stringify(CODE)} > work/code.txt`;
    const script = `echo ${JSON.stringify(MODULE)} > work/job.mjs`;
    const job = { environment: 'python:3.9', commands: ['mkdir -p work', ...lines, code, rule, script] };
    const { json } = await start(stack, group, token, { job });
    const run = await stack.ended(json.id, token);
    const seen = run.state === 'SUCCESS' ? await resultText(stack, run, 'seen.txt') : '';
    expect(seen).not.toContain('canary');
    expect(JSON.stringify(run)).not.toContain('canary');
  });
});
