import { describe, expect, it } from 'vitest';
import { readSource } from '../../shared/sources/folder.ts';
import type { WarningCode } from '../../shared/template/template-warnings.ts';
import { checkSource } from '../../shared/workflows/check-source.ts';
import { folderOf } from '../examples/benchmark-folder.ts';
import { folderWith } from '../sources/source-folder.ts';

const MANIFEST = 'name: X\nspecfile: template.yaml\ninstructions: help.md\n';
const TEMPLATE = 'workflow:\n  steps: [{name: s, action: {environment: i, commands: [a]}}]\n';

const check = async (files: Readonly<Record<string, string>>) =>
  checkSource(
    await folderWith({ 'flowserv.yaml': MANIFEST, 'template.yaml': TEMPLATE, 'help.md': 'Help', ...files }),
  );

const warning = (code: WarningCode, message: RegExp) => ({ code, message: expect.stringMatching(message) });

describe('checking a source', () => {
  it('finds nothing wrong with the examples', async () => {
    for (const name of ['hello-world', 'spam-filter', 'word-count']) {
      expect([name, await checkSource(folderOf(`examples/${name}`))]).toEqual([
        name,
        { problems: [], warnings: [], ignored: 0 },
      ]);
    }
  });

  it('finds all problems in one pass, each with its file and place', async () => {
    const template = `
parameters:
  - {name: a, dtype: int, range: '5'}
  - {name: a, dtype: number}
workflow:
  parameters: {x: '$[[b]]', y: '$[[a]]'}
  steps:
    - name: s
      action: {environment: i, commands: ['eval "$y"', 3]}
outputs: [{title: x}]
results: {file: r.json, schema: []}
`;
    const { problems } = await check({ 'template.yaml': template });
    expect(problems).toEqual([
      "template.yaml: parameters[0].range: the range '5' must stand in brackets, e.g. '[0,10)'",
      "template.yaml: parameters[1]: duplicate parameter 'a'; names must be unique",
      expect.stringMatching(/^template\.yaml: parameters\[1\]\.dtype: unknown type 'number'; use one of /),
      expect.stringMatching(/^template\.yaml: workflow\.parameters\.x: unknown parameter 'b'; declare it/),
      "template.yaml: outputs[0]: missing element 'source'",
      'template.yaml: results.schema: must list at least one column',
      'template.yaml: workflow.steps[0].action.commands[1]: must be text; write it in quotes',
      expect.stringMatching(/^template\.yaml: workflow\.steps\[0\]\.action\.commands\[0\]: step 's': /),
    ]);
  });

  it('goes on from the manifest to instructions, files and template', async () => {
    const { problems } = await check({
      'flowserv.yaml': `${MANIFEST}files: [{target: x}]\nnmae: X\nkeywords: 1\n`,
      'help.md': '{{missing.md}}',
      'template.yaml': 'workflow: {}\n',
    });
    expect(problems).toEqual([
      "flowserv.yaml: unknown element 'nmae'; did you mean 'name'?",
      expect.stringMatching(/^flowserv\.yaml: unknown element 'keywords'; allowed are name, description, /),
      "flowserv.yaml: files[0]: missing element 'source'",
      "the instructions file 'missing.md' does not exist",
      'template.yaml: workflow.steps: the workflow has no steps; list at least one',
    ]);
  });

  it('names file, line and column of what is no YAML', async () => {
    const { problems } = await check({ 'template.yaml': 'workflow:\n  steps: [\n' });
    expect(problems).toEqual([expect.stringMatching(/^template\.yaml:3:1: /)]);
  });

  it('helps with references that YAML takes for its own brackets', async () => {
    const { problems } = await check({ 'template.yaml': 'workflow:\n  parameters: {x: $[[a]]}\n' });
    expect(problems).toEqual([
      expect.stringMatching(/^template\.yaml:2:\d+: .* a reference stands in quotes/),
    ]);
  });

  it('warns of commands that will fail, of text expansion and of post-processing that cannot run', async () => {
    const template = `
parameters: [{name: a, dtype: string}]
workflow:
  parameters: {a: '$[[a]]'}
  steps:
    - {name: s, expansion: text, action: {environment: i, commands: ['awk $1', 'eval $a']}}
results: {file: r.json, schema: [{name: a, label: A, dtype: int}]}
outputs: [{source: r.json}]
postproc:
  workflow: {steps: [{name: n, action: {notebook: n.ipynb}}]}
`;
    const { problems, warnings } = await check({ 'template.yaml': template });
    expect(problems).toEqual([]);
    expect(warnings).toEqual([
      warning('expansion.text', /^template\.yaml: workflow\.steps\[0\]\.action: step 's': expansion 'text'/),
      warning(
        'command.fails',
        /^template\.yaml: workflow\.steps\[0\]\.action\.commands\[0\]: step 's' will fail/,
      ),
      warning(
        'postproc.fails',
        /^template\.yaml: postproc\.workflow\.steps\[0\]\.action: step 'n': notebook/,
      ),
    ]);
  });

  it('finds where a template and its private files do not go together', async () => {
    const template = `
parameters:
  - {name: own, dtype: actor}
  - {name: path, dtype: string}
  - {name: part, dtype: select, values: [{name: a, value: a}]}
  - {name: answers, dtype: file, defaultValue: truth/labels.csv}
  - {name: model, dtype: file, target: code/model.py}
workflow:
  files: {outputs: ['results/$[[path]]', 'results/$[[part]].csv', 'results/$[[path ? a : b]]', ./truth/]}
  steps:
    - {name: own, files: {inputs: [truth/labels.csv]}, action: '$[[own]]'}
    - {name: text, expansion: text, action: {environment: i, commands: [a]}}
    - {name: score, files: {inputs: [truth/labels.csv]}, action: {environment: i, commands: [a]}}
results: {file: truth/labels.csv, schema: [{name: a, label: A, dtype: int}]}
`;
    const { problems, warnings } = await check({
      'flowserv.yaml': `${MANIFEST}files:
  - {source: truth, private: true}
  - {source: help.md, access: privat}
  - {source: key.txt, access: private}
`,
      'template.yaml': template,
      'truth/labels.csv': 'x',
      'key.txt': 'x',
    });
    expect(problems).toEqual([
      "flowserv.yaml: files[1].access: unknown access 'privat'; use one of public, steps, private",
      expect.stringMatching(
        /^template\.yaml: results: the output 'truth\/labels.csv' holds the private file/,
      ),
      expect.stringMatching(/^template\.yaml: workflow: the argument \$\[\[path\]\] could name anything/),
      expect.stringMatching(/^template\.yaml: workflow: the output '\.\/truth\/' holds the private file/),
      expect.stringMatching(/^template\.yaml: workflow\.steps\[0\]\.action: step 'own': the step may run/),
    ]);
    expect(warnings).toEqual([
      warning('expansion.text', /step 'text': expansion 'text'/),
      warning(
        'private.withheld',
        /^template\.yaml: workflow\.steps\[1\]\.action: step 'text' gets no private files/,
      ),
      warning(
        'private.named',
        /^template\.yaml: parameters\[3\]: participants see the name of the private file/,
      ),
      warning(
        'private.program',
        /^template\.yaml: parameters\[4\]: a step that runs 'code\/model\.py' runs a/,
      ),
      warning('private.unfoldered', /^template\.yaml: the private file 'key\.txt' is in no folder/),
    ]);
  });

  it('refuses a private entry that stands for no file', async () => {
    const { problems } = await check({
      'flowserv.yaml': `${MANIFEST}files: [{source: ., target: x}, {source: data/truth.csv, private: true}]\n`,
    });
    expect(problems).toEqual([
      "invalid manifest: the private entry 'data/truth.csv' stands for no file; check its path",
    ]);
  });

  it('tells of a folder that is none, and of a source without name and template', async () => {
    expect((await checkSource('/nowhere')).problems).toEqual(["the source '/nowhere' is no folder"]);
    expect((await check({ 'flowserv.yaml': 'description: x\n' })).problems).toEqual([
      expect.stringContaining('missing name'),
    ]);
  });
});

describe('keys that are given twice', () => {
  it('are a problem each, in YAML, in JSON and in what they include (report 12)', async () => {
    const { problems } = await check({
      'flowserv.yaml': `name: A\n${MANIFEST}`,
      'template.yaml': `${TEMPLATE}parameters: !include more.yaml\noutputs: !include outputs.json\n`,
      'more.yaml': '- name: a\n  dtype: string\n  dtype: int\n',
      'outputs.json': '[{"source": "a",\n "source": "b"}]',
    });
    expect(problems).toEqual([
      "flowserv.yaml:2:1: the key 'name' is given twice; leave one out, or let the last one count with the option --last-key-wins",
      expect.stringMatching(/^more\.yaml:3:3: the key 'dtype' is given twice; /),
      expect.stringMatching(/^outputs\.json:2:2: the key 'source' is given twice; /),
    ]);
  });

  it('are a warning where the operator lets the last one count (report 12)', async () => {
    const folder = await folderWith({
      'flowserv.yaml': `name: A\n${MANIFEST}`,
      'template.yaml': TEMPLATE,
      'help.md': '',
    });
    expect(await checkSource(folder, { lastKeyWins: true })).toMatchObject({
      problems: [],
      warnings: [
        warning('key.repeated', /^flowserv\.yaml:2:1: the key 'name' is given twice; the last one counts$/),
      ],
    });
    await expect(readSource(folder)).rejects.toThrow("flowserv.yaml:2:1: the key 'name' is given twice");
    expect((await readSource(folder, { lastKeyWins: true })).name).toBe('X');
  });
});

describe('what a template names', () => {
  const template = `
parameters:
  - {name: rate, dtype: float, group: optoins}
  - {name: names, dtype: file, target: data/in.txt, defaultValue: data/name.txt}
parameterGroups: [{name: options, title: Options, index: 0}]
workflow:
  flies: {}
  files: {inputs: [code/, data/nmaes.txt, data/in.txt], output: []}
  parameters: {rate: '$[[rate]]'}
  steps:
    - name: score
      file: {}
      files: {inputs: [code/scoer.py], outputs: [results/score.json, results/plots/]}
      action: {environment: i, command: [], commands: ['\${pyhton} code/score.py "\${raet}"']}
outputs: [{source: results/score.json}, {source: result/plot.png}, {source: results/plots/a.png}]
results: {file: results/scores.json, schema: [{name: a, label: A, dtype: int}]}
postorc: {}
x-anchors: {}
postproc:
  inputs: {files: [results/score.jsn, results/plots/a.png]}
  workflow: {files: {inputs: [runs/]}, steps: [{name: n, action: {environment: i, commands: ['cat runs/runs.json']}}]}
`;
  const files = { 'template.yaml': template, 'code/score.py': '', 'data/names.txt': '' };

  it('gets a warning with the nearest name where nothing has it (report 12)', async () => {
    const { problems, warnings } = await check(files);
    expect(problems).toEqual([]);
    const at = (path: string) => RegExp(`^template\\.yaml: ${path.replaceAll(/[.[\]]/g, '\\$&')}`);
    const meant = (path: string, name: string) => RegExp(`${at(path).source}.*; did you mean '${name}'\\?$`);
    expect(warnings).toEqual([
      warning('key.unknown', meant("nothing reads the key 'postorc'", 'postproc')),
      warning('group.unknown', meant("parameters: parameter 'rate'", 'options')),
      warning('key.unknown', meant("workflow: nothing reads the key 'flies'", 'files')),
      warning('key.unknown', meant("workflow.files: nothing reads the key 'output'", 'outputs')),
      warning('key.unknown', meant("workflow.steps[0]: nothing reads the key 'file'", 'files')),
      warning('key.unknown', meant("workflow.steps[0].action: nothing reads the key 'command'", 'commands')),
      warning(
        'variable.unknown',
        meant("workflow.steps[0].action.commands[0]: step 'score': '\\$\\{pyhton\\}'", 'python'),
      ),
      warning(
        'variable.unknown',
        meant("workflow.steps[0].action.commands[0]: step 'score': '\\$\\{raet\\}'", 'rate'),
      ),
      warning('file.missing', meant('workflow.files.inputs[1]', 'data/names.txt')),
      warning('file.missing', meant('workflow.steps[0].files.inputs[0]', 'code/score.py')),
      warning('file.missing', meant('parameters[1].defaultValue', 'data/names.txt')),
      warning('output.undeclared', at("outputs[1].source: no step makes 'result/plot.png'; list it")),
      warning('result.undeclared', meant('results.file', 'results/score.json')),
      warning('postproc.input', meant('postproc.inputs.files[0]', 'results/score.json')),
    ]);
  });

  it('is quiet about the codes that the manifest lists, and warns of codes that no warning has (report 12)', async () => {
    const codes =
      '[key.unknown, file.missing, variable.unknown, output.undeclared, result.undeclared, file.mising]';
    const manifest = `${MANIFEST}ignoreWarnings: ${codes}\n`;
    const { warnings, ignored } = await check({ ...files, 'flowserv.yaml': manifest });
    expect(ignored).toBe(12);
    expect(warnings).toEqual([
      warning(
        'code.unknown',
        /^flowserv\.yaml: ignoreWarnings: .*'file\.mising'; did you mean 'file\.missing'\?$/,
      ),
      warning('group.unknown', /options/),
      warning('postproc.input', /score/),
    ]);
  });

  it('gets a warning where an entry of the manifest stands for no file (report 12)', async () => {
    const { warnings } = await check({
      'flowserv.yaml': `${MANIFEST}files: [{source: hepl.md}, {source: none}]\n`,
    });
    expect(warnings).toEqual([
      warning(
        'file.missing',
        /^flowserv\.yaml: files\[0\]: the source has no file 'hepl\.md'; did you mean 'help\.md'\?$/,
      ),
      warning('file.missing', /^flowserv\.yaml: files\[1\]: the source has no file 'none'$/),
    ]);
  });
});

describe('a source without manifest', () => {
  const problemOf = async (files: Readonly<Record<string, string>>, options = {}) =>
    (await checkSource(await folderWith(files), { origin: 'my-benchmark', ...options })).problems;
  const REANA = `version: 0.9.0
inputs: {files: [code/a.py], parameters: {out: results/x}}
workflow: {type: serial, specification: {steps: [{environment: i, commands: ['touch "\${out}"']}]}}
outputs: {files: [results/x]}
`;
  const looked = 'no manifest in my-benchmark: looked for flowserv.json, flowserv.yaml, flowserv.yml; ';
  const wrapped = 'write benchmark.yaml with `workflow: !include reana.yaml`, and ';

  it('is told what was looked for and what to write (report 13)', async () => {
    const manifest = 'flowserv.yaml with `name: My benchmark` and `specfile: benchmark.yaml`';
    expect(await problemOf({ 'benchmark.yaml': TEMPLATE })).toEqual([
      `${looked}write ${manifest}, the path of the template`,
    ]);
    expect(await problemOf({ 'reana.yaml': REANA })).toEqual([
      `${looked}reana.yaml is a REANA file: ${wrapped}${manifest}`,
    ]);
  });

  it('is told how to use a REANA file, and can use it so (report 13)', async () => {
    const named = { name: 'X', specfile: 'reana.yaml' };
    expect(await problemOf({ 'reana.yaml': REANA }, named)).toEqual([
      expect.stringMatching(
        /^reana\.yaml is a REANA file, no template: write benchmark\.yaml with `workflow: !include/,
      ),
    ]);
    const files = {
      'reana.yaml': REANA,
      'benchmark.yaml': 'workflow: !include reana.yaml\n',
      'code/a.py': '',
    };
    const folder = await folderWith({
      ...files,
      'flowserv.yaml': 'name: My benchmark\nspecfile: benchmark.yaml\n',
    });
    expect(await checkSource(folder)).toEqual({ problems: [], warnings: [], ignored: 0 });
    expect(await problemOf({ 'reana.yaml': REANA.replace('serial', 'cwl') }, named)).toEqual([
      "reana.yaml is a REANA file with a workflow of type 'cwl'; only serial workflows run here, so write its commands as steps",
    ]);
  });
});
