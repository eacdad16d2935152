import { describe, expect, it } from 'vitest';
import type { WarningCode } from '../../shared/template/template-warnings.ts';
import { checkSource } from '../../shared/workflows/check-source.ts';
import { folderWith } from '../sources/source-folder.ts';

const MANIFEST = 'name: X\nspecfile: template.yaml\n';
const TEMPLATE = 'workflow:\n  steps: [{name: s, action: {environment: i:1, commands: [a]}}]\n';

const check = async (files: Readonly<Record<string, string>>) =>
  checkSource(await folderWith({ 'flowserv.yaml': MANIFEST, 'template.yaml': TEMPLATE, ...files }));

const warning = (code: WarningCode, message: RegExp) => ({ code, message: expect.stringMatching(message) });

describe('names in a template', () => {
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
      action: {environment: i:1, command: [], commands: ['\${pyhton} code/score.py "\${raet}"']}
outputs: [{source: results/score.json}, {source: result/plot.png}, {source: results/plots/a.png}]
results: {file: results/scores.json, schema: [{name: a, label: A, dtype: int}]}
postorc: {}
x-anchors: {}
postproc:
  inputs: {files: [results/score.jsn, results/plots/a.png]}
  workflow: {files: {inputs: [runs/]}, steps: [{name: n, action: {environment: i:1, commands: ['cat runs/runs.json']}}]}
`;
  const files = { 'template.yaml': template, 'code/score.py': '', 'data/names.txt': '' };

  it('warns about an unknown name and suggests the nearest one (report 12)', async () => {
    const { problems, warnings } = await check(files);
    expect(problems).toEqual([]);
    const at = (path: string) => RegExp(`^template\\.yaml: ${path.replaceAll(/[.[\]]/g, '\\$&')}`);
    const meant = (path: string, name: string) => RegExp(`${at(path).source}.*; did you mean '${name}'\\?$`);
    expect(warnings).toEqual([
      warning('key.unknown', meant("unknown key 'postorc'", 'postproc')),
      warning('group.unknown', meant("parameters: parameter 'rate'", 'options')),
      warning('key.unknown', meant("workflow: unknown key 'flies'", 'files')),
      warning('key.unknown', meant("workflow.files: unknown key 'output'", 'outputs')),
      warning('key.unknown', meant("workflow.steps[0]: unknown key 'file'", 'files')),
      warning('key.unknown', meant("workflow.steps[0].action: unknown key 'command'", 'commands')),
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

  it('omits the warning codes that the manifest ignores, and warns about unknown codes there (report 12)', async () => {
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

  it('warns about an entry of the manifest that matches no file (report 12)', async () => {
    const { warnings } = await check({
      'help.md': '',
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
