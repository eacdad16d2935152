import { describe, expect, it } from 'vitest';
import { checkSource } from '../../shared/workflows/check-source.ts';
import { folderOf } from '../examples/benchmark-folder.ts';
import { folderWith } from '../sources/source-folder.ts';

const MANIFEST = 'name: X\nspecfile: template.yaml\ninstructions: help.md\n';
const TEMPLATE = 'workflow:\n  steps: [{name: s, action: {environment: i, commands: [a]}}]\n';

const check = async (files: Readonly<Record<string, string>>) =>
  checkSource(
    await folderWith({ 'flowserv.yaml': MANIFEST, 'template.yaml': TEMPLATE, 'help.md': 'Help', ...files }),
  );

describe('checking a source', () => {
  it('finds nothing wrong with the examples', async () => {
    for (const name of ['hello-world', 'spam-filter', 'word-count']) {
      expect([name, await checkSource(folderOf(`examples/${name}`))]).toEqual([
        name,
        { problems: [], warnings: [] },
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
      'flowserv.yaml': `${MANIFEST}files: [{target: x}]\nmore: 1\n`,
      'help.md': '{{missing.md}}',
      'template.yaml': 'workflow: {}\n',
    });
    expect(problems).toEqual([
      "flowserv.yaml: unknown element 'more'; allowed are name, description, instructions, files, specfile",
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
postproc:
  workflow: {steps: [{name: n, action: {notebook: n.ipynb}}]}
`;
    const { problems, warnings } = await check({ 'template.yaml': template });
    expect(problems).toEqual([]);
    expect(warnings).toEqual([
      expect.stringMatching(/^template\.yaml: workflow\.steps\[0\]\.action: step 's': expansion 'text'/),
      expect.stringMatching(
        /^template\.yaml: workflow\.steps\[0\]\.action\.commands\[0\]: step 's' will fail/,
      ),
      expect.stringMatching(
        /^template\.yaml: postproc\.workflow\.steps\[0\]\.action: step 'n': notebook steps/,
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
      expect.stringContaining("step 'text': expansion 'text'"),
      expect.stringMatching(
        /^template\.yaml: workflow\.steps\[1\]\.action: step 'text' gets no private files/,
      ),
      expect.stringMatching(
        /^template\.yaml: parameters\[3\]: participants see the name of the private file/,
      ),
      expect.stringMatching(/^template\.yaml: parameters\[4\]: a step that runs 'code\/model\.py' runs a/),
      expect.stringMatching(/^template\.yaml: the private file 'key\.txt' is in no folder/),
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
