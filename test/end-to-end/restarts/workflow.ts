import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Services } from '../../../shared/services/services.ts';
import { readSource } from '../../../shared/sources/folder.ts';
import { createWorkflow } from '../../../shared/workflows/create.ts';

export const WORKFLOW = 'R';
export const STEPS = ['one', 'two', 'three', 'four'] as const;
/** Steps that can be held: the four of a run, and the one of post-processing. */
export const STAGES = [...STEPS, 'collect'] as const;
export type Stage = (typeof STAGES)[number];

/**
 * Two steps that run at the same time, and two that share a task; the last one joins the files of all. A result, and
 * post-processing that concatenates all results.
 */
const TEMPLATE = `workflow:
  parallel: inferred
  files:
    inputs: [code/]
    outputs: [log.txt, result.json]
  steps:
    - name: one
      files: {inputs: [code/], outputs: [one.log]}
      action: {environment: 'alpine:3', commands: ['sh code/step.sh one "$[[name]]"']}
    - name: two
      files: {inputs: [code/], outputs: [two.log]}
      action: {environment: 'alpine:3', commands: ['sh code/step.sh two "$[[name]]"']}
    - name: three
      action: {environment: 'alpine:3', commands: ['sh code/step.sh three "$[[name]]"']}
    - name: four
      action:
        environment: 'alpine:3'
        commands:
          - 'sh code/step.sh four "$[[name]]"'
          - 'cat one.log two.log three.log four.log > log.txt'
          - 'sh code/result.sh "$[[name]]"'
parameters:
  - {name: name, dtype: string}
results:
  file: result.json
  schema:
    - {name: lines, label: Lines, dtype: int}
    - {name: name, label: Name, dtype: string}
postproc:
  workflow:
    files:
      inputs: [code/]
      outputs: [all.txt]
    steps:
      - name: collect
        action:
          environment: 'alpine:3'
          commands:
            - 'sh code/step.sh collect post-processing'
            - 'cat runs/*/result.json > all.txt'
  inputs: {files: [result.json], runs: runs/}
  outputs:
    - source: all.txt
`;

/**
 * A step writes a line. A held step runs forever, with a child and with a process outside its group and session, so
 * that only a kill ends it.
 */
const stepScript = (marks: string) => `
echo "$1 of $2" >> "$1.log"
if rm ${marks}/stay-in-$1 2> /dev/null; then
  sleep 3600 &
  setsid sleep 3600 &
  echo $$ > ${marks}/stays-in-$1
  sleep 3600
fi
`;

const RESULT_SCRIPT = `
printf '{"lines": %d, "name": "%s"}\\n' "$(wc -l < log.txt)" "$1" > result.json
`;

/** Signals between a test and the steps, as files of a folder. */
export function stepMarks(folder: string) {
  const marks = marksFolder(folder);
  return {
    askToStay: (stage: Stage) => writeFileSync(join(marks, `stay-in-${stage}`), ''),
    stays: (stage: Stage) => existsSync(join(marks, `stays-in-${stage}`)),
  };
}

const marksFolder = (folder: string) => join(folder, 'marks');

/** Installs the workflow from a new subfolder of the given folder. */
export async function installWorkflow(services: Services, folder: string): Promise<void> {
  mkdirSync(marksFolder(folder));
  const source = join(folder, 'workflow');
  mkdirSync(join(source, 'code'), { recursive: true });
  const texts = {
    'flowserv.yaml': `name: Restarts
specfile: template.yaml
files:
  - source: code/step.sh
  - source: code/result.sh
`,
    'template.yaml': TEMPLATE,
    'code/step.sh': stepScript(marksFolder(folder)),
    'code/result.sh': RESULT_SCRIPT,
  };
  for (const [path, text] of Object.entries(texts)) writeFileSync(join(source, path), text);
  await createWorkflow(services, await readSource(source), { id: WORKFLOW });
}
