import { describe, expect, it } from 'vitest';
import { createProgramCheck } from '../../shared/engine/programs.ts';
import { parseSerialWorkflow } from '../../shared/engine/serial-workflow.ts';
import { rootOf } from '../../shared/engine/working-folder.ts';
import { parseParameters } from '../../shared/template/parameters.ts';

const parameters = parseParameters([
  { name: 'program', dtype: 'file', target: 'code/job.sh' },
  { name: 'data', dtype: 'file' },
  { name: 'choice', dtype: 'select', values: [{ name: 'A', value: 'a', isDefault: true }] },
  { name: 'flag', dtype: 'bool' },
]);

/** Returns the participant's file that a command runs. */
function programOf(command: string): string | undefined {
  const action = { environment: 'python:3.9', commands: [command] };
  const workflow = parseSerialWorkflow({
    parameters: { script: 'code/score.py', own: '$[[program]]' },
    files: { outputs: ['results/'] },
    steps: [{ name: 'score', action }],
  });
  const check = createProgramCheck({
    workflow,
    parameters,
    kept: ['result.json'],
    staticFiles: ['code/score.py', 'code/score.sh', 'run.sh'],
    privateFiles: ['truth/labels.txt', 'truth/check.py'],
    root: rootOf(workflow, []),
  });
  const [step] = workflow.steps;
  return step && check(step);
}

describe('createProgramCheck', () => {
  it.each([
    'python code/score.py --truth truth/labels.txt "$[[data]]" results/x.json',
    '${python} ${script} "$[[data]]" > result.json',
    'sh code/score.sh; sh ./code/../code/score.sh',
    'code/score.sh "$[[data]]"',
    'cd code && python score.py',
    'sh -c "python code/score.py"',
    'timeout 10 python -u code/score.py',
    'python truth/check.py < "$[[data]]"',
    'cat "$[[data]]" | python code/score.py',
    'python -m json.tool "$[[data]]"',
    'python - <<EOF\nprint(1)\nEOF',
    'python -c "print(1)"',
    '/opt/tools/score "$[[data]]"',
    '"$$CONDA/bin/python" code/score.py',
    'sh job $9',
    'cp "$[[data]]" results/copy; wc -l "$[[data]]" | awk \'{print $$1}\' > results/n',
    'sh run.sh $[[choice]]',
    'gcc -o code/score code/score.c && code/score',
    'test -f "$[[data]]" || exit 3',
    'grep -c canary truth/labels.txt',
    'echo "score of $[[choice]]"',
  ])('finds no participant’s program in %s', (command) => {
    expect(programOf(command)).toBeUndefined();
  });

  it.each([
    ['sh "$[[data]]"', ''],
    ['sh ${own}', ''],
    ['python "$[[program]]" truth/labels.txt', ''],
    ['sh code/job.sh', 'code/job.sh'],
    ['sh job', 'job'],
    ['chmod +x job; ./job', 'job'],
    ['x="$[[data]]"; sh "$$x"', ''],
    ['python -m results.model', 'results/model.py'],
    ['timeout 10 python work/predict.py', 'work/predict.py'],
    ['python results/model.py', 'results/model.py'],
    ['cd work && python score.py', 'work/score.py'],
    ['sh < job', 'job'],
    ['sh < "$[[data]]"', ''],
    ['cat job | sh', ''],
    ['. ./job', 'job'],
    ['sh -c "sh job"', 'job'],
    ['eval "sh job"', 'job'],
    ['x=$$(sh job)', 'job'],
    ['for f in work/*; do python "$$f"; done', ''],
    ['for d in runs/*; do python "$$d/code.py"; done', 'code.py'],
    ['awk -f job truth/labels.txt', 'job'],
    ['papermill "$[[data]]" results/out.ipynb', ''],
    ['java -jar "$[[data]]"', ''],
    ['find . -name x -exec sh job {} ;', 'job'],
    ['sh $[[flag ? code/score.sh : job]]', 'job'],
  ])('finds the participant’s program in %s', (command, expected) => {
    expect(programOf(command)).toBe(expected);
  });
});
