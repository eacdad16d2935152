import { describe, expect, it } from 'vitest';
import { parseSerialWorkflow } from '../../shared/engine/serial-workflow.ts';
import { rootOf } from '../../shared/engine/working-folder.ts';

const files = ['README.md', 'score.py', 'my file.sh', 'Score.class', 'code/run.sh', 'template.yaml'];
const rootFor = (command: string, parameters: object = {}, config: unknown = null) =>
  rootOf(
    parseSerialWorkflow({
      parameters,
      steps: [{ name: 's', action: { environment: 'x', commands: ['true', command] } }],
    }),
    files,
    config,
  );

describe('the run directory', () => {
  it.each([
    'python score.py',
    '${python} ./score.py "$[[x]]"',
    'cat x|python3 "score.py">out',
    'python $$PWD/score.py',
    'python -m score',
    'java -cp . Score',
    "sh 'my file.sh'",
  ])('is closed by a command that names a static file in it: %s', (command) => {
    expect(rootFor(command)).toBe('closed');
  });

  it('is closed by variables that name a static file in it', () => {
    expect(rootFor('python ${main}', { main: 'score.py' })).toBe('closed');
    const config = { workers: [{ name: 'w', type: 'docker', variables: { main: 'score.py' } }] };
    expect(rootFor('python ${main}', {}, config)).toBe('closed');
  });

  it.each(['sh code/run.sh', 'python code/score.py', 'python -c', 'echo score', 'cat score.pyc'])(
    'is not closed by a command that does not: %s',
    (command) => {
      expect(rootFor(command)).not.toBe('closed');
    },
  );

  it('is not closed by a step that a participant brings', () => {
    expect(rootOf(parseSerialWorkflow({ steps: [{ name: 's', action: '$[[a]]' }] }), files)).toBe('open');
  });

  it.each([
    "python3 -c 'import json'",
    '${python} -m json.tool x',
    'true && /usr/bin/python3.12 -W ignore -um pkg.mod',
    'cat x | python',
    'python - < x',
    "python3 <<'E'",
  ])('is where Python imports from in %s', (command) => {
    expect(rootFor(command)).toBe('imports');
  });

  it.each(['python code/run.py -c x', 'python -u code/run.py', 'pythonic -c x', 'sh -c "echo x"'])(
    'is open in %s',
    (command) => {
      expect(rootFor(command)).toBe('open');
    },
  );
});
