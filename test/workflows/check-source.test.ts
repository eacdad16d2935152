import { writeFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { readSource } from '../../shared/sources/folder.ts';
import type { WarningCode } from '../../shared/template/template-warnings.ts';
import { checkSource } from '../../shared/workflows/check-source.ts';
import { folderOf } from '../examples/benchmark-folder.ts';
import { folderWith } from '../sources/source-folder.ts';
import { STEP_SIZES } from '../step-sizes.ts';

const MANIFEST = 'name: X\nspecfile: template.yaml\ninstructions: help.md\n';
const TEMPLATE = 'workflow:\n  steps: [{name: s, action: {environment: i:1, commands: [a]}}]\n';

const check = async (files: Readonly<Record<string, string>>) =>
  checkSource(
    await folderWith({ 'flowserv.yaml': MANIFEST, 'template.yaml': TEMPLATE, 'help.md': 'Help', ...files }),
  );

const warning = (code: WarningCode, message: RegExp) => ({ code, message: expect.stringMatching(message) });

describe('checking a source', () => {
  it('finds no problems in the examples', async () => {
    const names = [
      'forecast',
      'gpu-train',
      'hello-world',
      'line-fit',
      'notebook-fit',
      'spam-filter',
      'word-count',
    ];
    for (const name of [...names, 'word-search']) {
      expect([name, await checkSource(folderOf(`examples/${name}`))]).toEqual([
        name,
        { problems: [], warnings: [], ignored: 0 },
      ]);
    }
  });

  it('reports all problems in one pass, each with its file and location', async () => {
    const template = `
parameters:
  - {name: a, dtype: int, range: '5'}
  - {name: a, dtype: number}
workflow:
  parameters: {x: '$[[b]]', y: '$[[a]]'}
  steps:
    - name: s
      action: {environment: i:1, commands: ['eval "$y"', 3]}
outputs: [{title: x}]
results: {file: r.json, schema: []}
`;
    const { problems } = await check({ 'template.yaml': template });
    expect(problems).toEqual([
      "template.yaml: parameters[0].range: the range '5' must be in brackets, e.g. '[0,10)'",
      "template.yaml: parameters[1]: duplicate parameter 'a'; names must be unique",
      expect.stringMatching(/^template\.yaml: parameters\[1\]\.dtype: unknown type 'number'; use one of /),
      expect.stringMatching(/^template\.yaml: workflow\.parameters\.x: unknown parameter 'b'; declare it/),
      "template.yaml: outputs[0]: missing element 'source'",
      'template.yaml: results.schema: must list at least one column',
      'template.yaml: workflow.steps[0].action.commands[1]: must be text; write it in quotes',
      expect.stringMatching(/^template\.yaml: workflow\.steps\[0\]\.action\.commands\[0\]: step 's': /),
    ]);
  });

  it('reports the workers that request more than the server has', async () => {
    const folder = await folderWith({
      'flowserv.yaml': MANIFEST,
      'template.yaml': TEMPLATE,
      'help.md': 'Help',
    });
    const config = { workers: [{ name: 'w', type: 'docker', memory: '40 GiB' }] };
    expect((await checkSource(folder, { config, sizes: STEP_SIZES })).problems).toEqual([
      'workers[0].memory: 40 GiB exceeds the maximum of 30 GiB',
    ]);
    expect((await checkSource(folder, { config })).problems).toEqual([]);
  });

  it('warns about keys and steps of the engine configuration that are probably misspelled', async () => {
    const folder = await folderWith({
      'flowserv.yaml': MANIFEST,
      'template.yaml': TEMPLATE,
      'help.md': 'Help',
    });
    const config = {
      workers: [
        { name: 'w', type: 'docker', spots: true, 'x-note': 'mine' },
        { image: 'i', worker: 'docker', args: { env: {}, varables: {} } },
      ],
      wrkflow: [],
      workflow: [
        { step: 'ss', worker: 'w', stage: 1 },
        { step: 's', worker: 'w' },
      ],
    };
    const { problems, warnings } = await checkSource(folder, { config });
    expect(problems).toEqual([]);
    expect(warnings).toEqual([
      warning('key.unknown', /^engine configuration: unknown key 'wrkflow'; did you mean 'workflow'\?$/),
      warning('key.unknown', /^workers\[0\]: unknown key 'spots'; did you mean 'spot'\?$/),
      warning('key.unknown', /^workers\[1\]\.args: unknown key 'varables'; did you mean 'variables'\?$/),
      warning('key.unknown', /^workflow\[0\]: unknown key 'stage'/),
      warning(
        'step.unknown',
        /^template\.yaml: workflow: .*maps 'ss' to the worker 'w', but no step has this name; did you mean 's'\?$/,
      ),
    ]);
  });

  it('reports an unusable engine configuration together with the other problems', async () => {
    const folder = await folderWith({
      'flowserv.yaml': 'name: X\nspecfile: t.yaml\n',
      't.yaml': 'workflow: {}\n',
    });
    const config = { workers: [{ name: 'w', type: 'docker', spot: 'yes' }] };
    expect((await checkSource(folder, { config, sizes: STEP_SIZES })).problems).toEqual([
      'workers[0].spot: must be true or false',
      't.yaml: workflow.steps: the workflow has no steps; list at least one',
    ]);
  });

  it('reports the notebook whose packages a local server cannot install', async () => {
    const steps = '[{name: s, action: {notebook: n/a.ipynb}}]';
    const folder = await folderWith({
      'flowserv.yaml': MANIFEST,
      'template.yaml': `workflow: {steps: ${steps}}\n`,
      'help.md': 'Help',
      'n/a.ipynb': '{}',
    });
    const config = { workers: [{ name: 'n', type: 'nbdocker' }], workflow: [{ step: 's', worker: 'n' }] };
    const python = { codeImage: 'python:3.12', installs: 'worker' as const };
    expect((await checkSource(folder, { config, python })).problems).toEqual([
      expect.stringContaining('the packages of its worker cannot be installed'),
    ]);
    expect((await checkSource(folder, { config })).problems).toEqual([]);
  });

  it('reports a file name that is not UTF-8 together with the other problems (report 5)', async () => {
    const folder = await folderWith({ 'flowserv.yaml': MANIFEST, 'template.yaml': 'workflow: {}\n' });
    await writeFile(Buffer.from(`${folder}/r\xe9s.csv`, 'latin1'), '1');
    expect((await checkSource(folder)).problems).toEqual([
      "the instructions file 'help.md' does not exist",
      expect.stringContaining("the file 'r\\xe9s.csv' cannot be used: its name is not UTF-8; rename it"),
      'template.yaml: workflow.steps: the workflow has no steps; list at least one',
    ]);
  });

  it('continues after problems of the manifest with instructions, files and template', async () => {
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

  it('names file, line and column of invalid YAML', async () => {
    const { problems } = await check({ 'template.yaml': 'workflow:\n  steps: [\n' });
    expect(problems).toEqual([expect.stringMatching(/^template\.yaml:3:1: /)]);
  });

  it('explains how to quote references that YAML reads as its own brackets', async () => {
    const { problems } = await check({ 'template.yaml': 'workflow:\n  parameters: {x: $[[a]]}\n' });
    expect(problems).toEqual([expect.stringMatching(/^template\.yaml:2:\d+: .* put a reference in quotes/)]);
  });

  it('warns about commands that will fail, text expansion and post-processing that cannot run', async () => {
    const template = `
parameters: [{name: a, dtype: string}]
workflow:
  parameters: {a: '$[[a]]'}
  steps:
    - {name: s, expansion: text, action: {environment: i:1, commands: ['awk $1', 'eval $a']}}
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
        /^template\.yaml: postproc\.workflow\.steps\[0\]\.action: step 'n': a notebook step needs an image/,
      ),
    ]);
  });

  it('reports conflicts between a template and its private files', async () => {
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
    - {name: text, expansion: text, action: {environment: i:1, commands: [a]}}
    - {name: score, files: {inputs: [truth/labels.csv]}, action: {environment: i:1, commands: [a]}}
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
      expect.stringMatching(/^template\.yaml: workflow: the argument \$\[\[path\]\] could name any file/),
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
      warning('private.unfoldered', /^template\.yaml: the private file 'key\.txt' is not in a folder/),
    ]);
  });

  it('rejects a private entry that matches no file', async () => {
    const { problems } = await check({
      'flowserv.yaml': `${MANIFEST}files: [{source: ., target: x}, {source: data/truth.csv, private: true}]\n`,
    });
    expect(problems).toEqual([
      "invalid manifest: the private entry 'data/truth.csv' matches no file; check its path",
    ]);
  });

  it('reports a folder that does not exist, and a source without name and template', async () => {
    expect((await checkSource('/nowhere')).problems).toEqual(["the source '/nowhere' is not a folder"]);
    expect((await check({ 'flowserv.yaml': 'description: x\n' })).problems).toEqual([
      expect.stringContaining('missing name'),
    ]);
  });
});

describe('duplicate keys', () => {
  it('reports each duplicate key as a problem, in YAML, JSON and included files (report 12)', async () => {
    const { problems } = await check({
      'flowserv.yaml': `name: A\n${MANIFEST}`,
      'template.yaml': `${TEMPLATE}parameters: !include more.yaml\noutputs: !include outputs.json\n`,
      'more.yaml': '- name: a\n  dtype: string\n  dtype: int\n',
      'outputs.json': '[{"source": "a",\n "source": "b"}]',
    });
    expect(problems).toEqual([
      "flowserv.yaml:2:1: the key 'name' is given twice; remove one, or use the last one with the option --last-key-wins",
      expect.stringMatching(/^more\.yaml:3:3: the key 'dtype' is given twice; /),
      expect.stringMatching(/^outputs\.json:2:2: the key 'source' is given twice; /),
    ]);
  });

  it('warns about a duplicate key if the operator lets the last one count (report 12)', async () => {
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
