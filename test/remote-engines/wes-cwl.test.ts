import { describe, expect, it } from 'vitest';
import { cwlAttachments, cwlParameters, cwlWorkflow } from '../../shared/remote-engines/wes/cwl.ts';
import { input, runOf, step } from './remote-run.ts';

const value = `it's $HOME "$(id)" \${x} $(inputs.tree)`;
const run = runOf(
  [
    step(0, ['echo "${FLOWSERV_ARG_x}"'], {
      name: 'a $(b)',
      variables: { FLOWSERV_ARG_x: value },
      image: 'alpine:3',
      size: { cpu: 0.5, memory: 1024, disk: 21, timeout: 60 },
    }),
    step(1, [], { skipped: true, image: '' }),
    step(2, ['true'], { network: true, size: { cpu: 2, memory: 4096, disk: 100, timeout: 3600 } }),
  ],
  [input('data/in $(x).txt', 'x')],
);
const toolOf = (id: string) => cwlWorkflow(run).steps[id]?.run;

describe('the CWL workflow of a run', () => {
  it('has a tool for each executed step, with its image, size, time limit and network', () => {
    expect(Object.keys(cwlWorkflow(run).steps)).toEqual(['step_0', 'step_2']);
    expect(toolOf('step_0')?.requirements).toEqual({
      DockerRequirement: { dockerPull: 'alpine:3' },
      InitialWorkDirRequirement: { listing: ['$(inputs.inputs)'] },
      ResourceRequirement: { coresMin: 0.5, ramMin: 1024 },
      ToolTimeLimit: { timelimit: 60 },
      NetworkAccess: { networkAccess: false },
      WorkReuse: { enableReuse: false },
    });
    expect(toolOf('step_2')?.requirements).toMatchObject({
      InitialWorkDirRequirement: {
        listing: [{ entry: '$(inputs.tree)', entryname: 'tree', writable: true }],
      },
      ResourceRequirement: { coresMin: 2, ramMin: 4096, outdirMin: 102_400 },
      NetworkAccess: { networkAccess: true },
    });
  });

  it('hands the files on from step to step, and ends with those to keep', () => {
    const { steps, outputs } = cwlWorkflow(run);
    expect(steps.step_0).toMatchObject({ in: { script: 'script_0', inputs: 'inputs' }, out: ['result'] });
    expect(steps.step_2).toMatchObject({
      in: { script: 'script_2', tree: 'step_0/result' },
      out: ['result'],
    });
    expect(outputs).toEqual({ outputs: { type: 'Directory', outputSource: 'step_2/result' } });
  });

  it('gives different ids to the inputs and outputs of a tool', () => {
    for (const { run: tool } of Object.values(cwlWorkflow(run).steps)) {
      const ids = [...Object.keys(tool.inputs), ...Object.keys(tool.outputs)];
      expect(new Set(ids).size).toBe(ids.length);
    }
  });

  it('contains no name and no text that a template or an argument chose, except images', () => {
    const text = JSON.stringify([cwlWorkflow(run), cwlParameters(run)]);
    const expressions = text.match(/\$[({][^)}]*[)}]/g);
    expect([...new Set(expressions)]).toEqual(['$(inputs.inputs)', '$(inputs.tree)']);
    expect(text).not.toMatch(/it's|data|a \$/);
  });

  it('refers to attachments by names that servers do not change', () => {
    const names = cwlAttachments(run).map(({ name }) => name);
    expect(names).toEqual(['workflow.cwl', 'step-0.sh', 'step-2.sh']);
    expect(cwlParameters(run)).toEqual({
      inputs: [{ class: 'File', location: 'input-0' }],
      script_0: { class: 'File', location: 'step-0.sh' },
      script_2: { class: 'File', location: 'step-2.sh' },
    });
  });
});
