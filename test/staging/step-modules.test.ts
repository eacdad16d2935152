import { spawnSync } from 'node:child_process';
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
async function linesOf(script: string, command = 'python3 code/script', runs: readonly object[] = RUNS) {
  const task = await prepare({
    files: {
      'runs/runs.json': JSON.stringify(runs),
      [`runs/${RUNS[0]?.id}/results/metrics.json`]: '{"score": 0.5}',
      'settings.yaml': 'colour: red\nsizes: [1, 2]\n',
      'code/script': script,
    },
    commands: [command],
    env: { PYTHONDONTWRITEBYTECODE: '1', PYTHONIOENCODING: 'utf-8' },
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

  it('L9: returns no runs if none is ranked', async () => {
    const script = `
from flowserv.service.postproc.client import Runs
runs = Runs('runs')
print(len(runs), list(runs), runs.get_run('x'))
`;
    expect(await linesOf(script, 'python3 code/script', [])).toEqual(['0 [] None']);
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

describe('the JavaScript module of a step', () => {
  const program = `
const runs = new Runs('runs');
console.log(runs.length, [...runs].map(({ name }) => name).join());
const best = runs.atRank(0);
console.log(best.runId, best.files.join(), best.getFile('results/metrics.json'));
console.log(JSON.stringify([best.results, runs.atRank(1).results]));
console.log(best.getFile('other.txt'), runs.getRun('x'), runs.getRun('${RUNS[1]?.id}').name);
console.log(readObject(best.getFile('results/metrics.json')).score);
`;
  const expected = [
    '2 Team B,Équipe A',
    `${RUNS[0]?.id} results/metrics.json runs/${RUNS[0]?.id}/results/metrics.json`,
    '[{"score":0.5},{}]',
    'null null Équipe A',
    '0.5',
  ];

  it('returns the ranked runs in their order to a CommonJS script', async () => {
    const script = `const { Runs, readObject } = require('flowserv');${program}`;
    expect(await linesOf(script, 'node code/script')).toEqual(expected);
  });

  it('returns them to an ES module', async () => {
    const script = `import { createRequire } from 'node:module';
const { Runs, readObject } = createRequire(import.meta.url)('flowserv');${program}`;
    expect(await linesOf(script, 'cp code/script script.mjs; node script.mjs')).toEqual(expected);
  });
});

const hasR = spawnSync('Rscript', ['--version']).status === 0;

/** Needs R (Debian: r-base-core). */
describe.skipIf(!hasR)('the R module of a step', () => {
  const source = 'source(Sys.getenv("FLOWSERV_R"))\n';

  it('returns the ranked runs in their order', async () => {
    const script = `${source}
runs <- flowserv$runs("runs")
cat(length(runs), paste(vapply(runs, function(run) run$name, ""), collapse = ","), "\\n")
best <- runs[[1]]
cat(best$run_id, names(best$files), best$files[["results/metrics.json"]], "\\n")
cat(best$results$score, length(runs[[2]]$results), length(runs[[2]]$files), "\\n")
cat(is.null(runs[["x"]]), runs[["${RUNS[1]?.id}"]]$name, "\\n")
cat(flowserv$read_object(best$files[["results/metrics.json"]])$score, "\\n")
`;
    expect((await linesOf(script, 'Rscript code/script'))?.map((line) => line.trimEnd())).toEqual([
      '2 Team B,Équipe A',
      `${RUNS[0]?.id} results/metrics.json runs/${RUNS[0]?.id}/results/metrics.json`,
      '0.5 0 1',
      'TRUE Équipe A',
      '0.5',
    ]);
  });

  it('reads every value of JSON', async () => {
    const text = 'a"b\\c/\n\t\u0001\u2028é😀\\u0041\\\\u00e9 [{]},:null';
    const value = {
      text,
      yes: true,
      no: false,
      none: null,
      numbers: [-1, 0.5, 1e-7, 1e21],
      empty: [{}, [], ''],
    };
    const runs = [{ id: 'r', name: text, files: [], results: value }];
    const script = `${source}
found <- flowserv$runs("runs")[[1]]$results
cat(utf8ToInt(found$text), "\\n")
cat(found$yes, found$no, is.null(found[["none"]]), length(found), "\\n")
cat(format(unlist(found$numbers), digits = 3), "\\n")
cat(lengths(found$empty), found$empty[[3]] == "", "\\n")
cat(length(flowserv$runs("none")), "\\n")
`;
    const command = 'mkdir none; echo "[]" > none/runs.json; Rscript code/script';
    expect((await linesOf(script, command, runs))?.map((line) => line.trimEnd())).toEqual([
      [...text].map((character) => character.codePointAt(0)).join(' '),
      'TRUE FALSE TRUE 6',
      '-1e+00  5e-01  1e-07  1e+21',
      '0 0 1 TRUE',
      '0',
    ]);
  });
});
