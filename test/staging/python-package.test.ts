import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { useTasks } from './task-fixture.ts';

const prepare = useTasks();

const RUNS = [
  { id: 'b'.repeat(32), name: 'Team B', files: ['results/metrics.json'], results: { score: 0.5 } },
  { id: 'a'.repeat(32), name: 'Équipe A', files: ['results/metrics.json'] },
];

/** Runs a script as a step of a post-processing workflow does; returns the lines that it prints. */
async function linesOf(script: string, env: Readonly<Record<string, string>> = {}) {
  const task = await prepare({
    files: {
      'runs/runs.json': JSON.stringify(RUNS),
      [`runs/${RUNS[0]?.id}/results/metrics.json`]: '{"score": 0.5}',
      'settings.yaml': 'colour: red\nsizes: [1, 2]\n',
      'code/script.py': script,
    },
    commands: ['python3 code/script.py'],
    env: { PYTHONDONTWRITEBYTECODE: '1', PYTHONIOENCODING: 'utf-8', ...env },
  });
  const { status } = await task.run();
  expect(status.commands[0]?.stderr).toBe('');
  return status.commands[0]?.stdout.trimEnd().split('\n');
}

describe('the Python package on the module path of a step', () => {
  it('returns the ranked runs in their order', async () => {
    const lines = await linesOf(`
from flowserv.service.postproc.client import Runs
runs = Runs('runs')
print(len(runs), [r.name for r in runs])
best = runs.at_rank(0)
print(best.run_id, best.files, best.get_file(name='results/metrics.json'))
print(best.results, runs.at_rank(1).results)
print(best.get_file('other.txt'), runs.get_run('x'), runs.get_run('${RUNS[1]?.id}').name)
`);
    expect(lines).toEqual([
      "2 ['Team B', 'Équipe A']",
      `${RUNS[0]?.id} ['results/metrics.json'] runs/${RUNS[0]?.id}/results/metrics.json`,
      "{'score': 0.5} {}",
      'None None Équipe A',
    ]);
  });

  it('reads JSON, and YAML if the image has PyYAML', async () => {
    const lines = await linesOf(`
import sys, types
import flowserv.util as util
print(util.read_object(filename='runs/${RUNS[0]?.id}/results/metrics.json'))
yaml = types.ModuleType('yaml')
yaml.safe_load = lambda f: f.read().split()
sys.modules['yaml'] = yaml
print(util.read_object('settings.yaml'))
`);
    expect(lines).toEqual(["{'score': 0.5}", "['colour:', 'red', 'sizes:', '[1,', '2]']"]);
  });

  it('reports what is missing if the image has no PyYAML', async () => {
    const lines = await linesOf(`
import sys
from flowserv.util import read_object
sys.modules['yaml'] = None
try:
    read_object('settings.yaml')
except ImportError as error:
    print(error)
`);
    expect(lines?.[0]).toMatch(/^reading 'settings.yaml' needs the package PyYAML/);
  });

  it('yields to a package of the same name in the image', async () => {
    const task = await prepare({
      commands: [
        'python3 -c "import flowserv.util, flowserv.service.postproc.client as c; print(flowserv.util.own, c.Runs)"',
      ],
      env: { PYTHONDONTWRITEBYTECODE: '1', PYTHONPATH: '/proc/self/cwd/site' },
    });
    mkdirSync(join(task.work, 'site/flowserv/util'), { recursive: true });
    writeFileSync(join(task.work, 'site/flowserv/__init__.py'), '');
    writeFileSync(join(task.work, 'site/flowserv/util/__init__.py'), 'own = True\n');
    const { status } = await task.run();
    expect(status.commands[0]).toEqual({
      stdout: "True <class 'flowserv.service.postproc.client.Runs'>\n",
      stderr: '',
      truncated: false,
    });
  });
});
