import { MAX_STEPS_OF_TASK } from '../../shared/engine/step-container.ts';

/** Image of steps that need only a shell and its tools. */
export const SHELL_IMAGE = 'public.ecr.aws/docker/library/alpine:3.20';
/** Image of steps that are Python programs. */
export const PYTHON_IMAGE = 'public.ecr.aws/docker/library/python:3.12-slim';

/** The file that a step of the probe leaves for the check. */
export const EVIDENCE = 'evidence.txt';
export const RESULT = 'result.json';

/**
 * Files of a workflow whose only step, image and commands, is an argument of the run: one workflow can try any
 * step. Its results are ranked, and post-processing combines them. A step is reused only if its image has a digest.
 */
export const PROBE = {
  'flowserv.yaml': 'name: Probe\nspecfile: template.yaml\nfiles: []\n',
  'template.yaml': `
parameters:
  - {name: action, dtype: actor, label: What is tried}
workflow:
  files: {outputs: [${RESULT}, ${EVIDENCE}]}
  steps:
    - {name: probe, cache: true, action: '$[[action]]'}
outputs:
  - {source: ${RESULT}, title: Result, format: {type: json}}
  - {source: ${EVIDENCE}, title: Evidence, format: {type: plaintext}}
results:
  file: ${RESULT}
  schema:
    - {name: score, label: Score, dtype: float}
postproc:
  inputs: {files: [${RESULT}], runs: runs/}
  workflow:
    files: {outputs: [all.txt]}
    steps:
      - name: list
        action: {environment: '${SHELL_IMAGE}', commands: ['cat runs/*/${RESULT} > all.txt']}
`,
} as const;

/** Files of a workflow whose only step reads a static file. */
export const WITH_STATIC_FILE = {
  'flowserv.yaml': 'name: Static\nspecfile: template.yaml\nfiles:\n  - source: data/secret.txt\n',
  'data/secret.txt': 'a file that is removed before the step that needs it\n',
  'template.yaml': `
workflow:
  files: {inputs: [data/secret.txt], outputs: [copy.txt]}
  steps:
    - name: read
      files: {inputs: [data/secret.txt], outputs: [copy.txt]}
      action: {environment: '${SHELL_IMAGE}', commands: ['cat data/secret.txt > copy.txt']}
`,
} as const;

/** The steps of one task: as many as a task may run. */
const STEPS_OF_TASK = Array.from({ length: MAX_STEPS_OF_TASK }, (_, index) => index);
/** What the steps of `IN_ONE_TASK` write. */
export const WRITTEN_IN_ONE_TASK = STEPS_OF_TASK.map((index) => `step ${index}\n`).join('');

/** Files of a workflow whose steps share a task. Each adds a line to a file. */
export const IN_ONE_TASK = {
  'flowserv.yaml': 'name: Shared\nspecfile: template.yaml\nfiles: []\n',
  'template.yaml': `
workflow:
  files: {outputs: [${EVIDENCE}]}
  steps:
${STEPS_OF_TASK.map(
  (index) => `    - name: step ${index}
      action: {environment: '${SHELL_IMAGE}', commands: ['echo step ${index} >> ${EVIDENCE}']}
`,
).join('')}`,
} as const;

/**
 * Files of a workflow with two steps that run at the same time, and one that joins their files. The arguments are the
 * seconds that the first one takes, and whether the second one fails.
 */
export const IN_ONE_WAVE = {
  'flowserv.yaml': 'name: Parallel\nspecfile: template.yaml\nfiles: []\n',
  'template.yaml': `
parameters:
  - {name: seconds, dtype: int}
  - {name: end, dtype: select, values: [{name: good, value: good}, {name: bad, value: bad}]}
workflow:
  parallel: inferred
  files: {outputs: [${EVIDENCE}]}
  parameters: {seconds: '$[[seconds]]', end: '$[[end]]'}
  steps:
    - name: one
      files: {inputs: [], outputs: [one.txt]}
      action: {environment: '${SHELL_IMAGE}', commands: ['sleep "\${seconds}"', 'echo one > one.txt']}
    - name: two
      files: {inputs: [], outputs: [two.txt]}
      action: {environment: '${SHELL_IMAGE}', commands: ['test "\${end}" = good', 'echo two > two.txt']}
    - name: join
      action: {environment: '${SHELL_IMAGE}', commands: ['cat one.txt two.txt > ${EVIDENCE}']}
`,
} as const;
