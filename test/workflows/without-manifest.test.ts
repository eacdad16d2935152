import { describe, expect, it } from 'vitest';
import { checkSource } from '../../shared/workflows/check-source.ts';
import { folderWith } from '../sources/source-folder.ts';

const TEMPLATE = 'workflow:\n  steps: [{name: s, action: {environment: i:1, commands: [a]}}]\n';

describe('a source without manifest', () => {
  const problemOf = async (files: Readonly<Record<string, string>>, options = {}) =>
    (await checkSource(await folderWith(files), { origin: 'my-benchmark', ...options })).problems;
  const REANA = `version: 0.9.0
inputs: {files: [code/a.py], parameters: {out: results/x}}
workflow: {type: serial, specification: {steps: [{environment: i:1, commands: ['touch "\${out}"']}]}}
outputs: {files: [results/x]}
`;
  const looked = 'no manifest in my-benchmark: looked for flowserv.json, flowserv.yaml, flowserv.yml; ';
  const wrapped = 'write benchmark.yaml with `workflow: !include reana.yaml`, and ';

  it('names the missing manifests and says what to write (report 13)', async () => {
    const manifest = 'flowserv.yaml with `name: My benchmark` and `specfile: benchmark.yaml`';
    expect(await problemOf({ 'benchmark.yaml': TEMPLATE })).toEqual([
      `${looked}write ${manifest}, the path of the template`,
    ]);
    expect(await problemOf({ 'reana.yaml': REANA })).toEqual([
      `${looked}reana.yaml is a REANA file: ${wrapped}${manifest}`,
    ]);
  });

  it('says how to use a REANA file, and accepts it in that form (report 13)', async () => {
    const named = { name: 'X', specfile: 'reana.yaml' };
    expect(await problemOf({ 'reana.yaml': REANA }, named)).toEqual([
      expect.stringMatching(
        /^reana\.yaml is a REANA file, not a template: write benchmark\.yaml with `workflow: !include/,
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
