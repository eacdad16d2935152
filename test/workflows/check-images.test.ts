import { expect, it } from 'vitest';
import { checkSource } from '../../shared/workflows/check-source.ts';
import { folderWith } from '../sources/source-folder.ts';

const step = (environment: string) => ({ environment, commands: ['true'] });

async function warningsOf(workflow: object, config?: object, more: object = {}) {
  const folder = await folderWith({
    'flowserv.yaml': 'name: X\nspecfile: template.yaml\n',
    'template.yaml': JSON.stringify({ workflow, ...more }),
  });
  return (await checkSource(folder, { config })).warnings;
}

it.each(['python', 'python:latest', 'registry.example.org:5000/tools/python'])(
  'warns once about an image without a version: %s',
  async (image) => {
    const steps = [1, 2].map((i) => ({ name: `s${i}`, action: step(image) }));
    expect(await warningsOf({ steps })).toEqual([
      {
        code: 'image.version',
        message: `template.yaml: workflow.steps[0].action.environment: the image '${image}' has no version, so that it may change between runs; add a tag other than 'latest', or a digest`,
      },
    ]);
  },
);

it('warns about images of post-processing and of workers', async () => {
  const postproc = { inputs: { files: [] }, workflow: { steps: [{ name: 'p', action: step('b') }] } };
  const config = { workers: [{ name: 'w', type: 'code', image: 'c' }] };
  const found = await warningsOf({ steps: [{ name: 's', action: step('a:1') }] }, config, { postproc });
  expect(found.filter(({ code }) => code === 'image.version').map(({ message }) => message)).toEqual([
    expect.stringContaining("workers[0].image: the image 'c' has no version"),
    expect.stringContaining("postproc.workflow.steps[0].action.environment: the image 'b' has no version"),
  ]);
});

it('does not warn about a tag, a digest, or an image that an argument chooses', async () => {
  const parameters = [
    { name: 'tag', label: 'Tag', dtype: 'select', index: 0, values: [{ name: '1', value: '1' }] },
  ];
  for (const image of [
    'python:3.12-slim',
    `python@sha256:${'0'.repeat(64)}`,
    'host:5000/a/b:1',
    'tool:$[[tag]]',
  ])
    expect(
      await warningsOf({ steps: [{ name: 's', action: step(image) }] }, undefined, { parameters }),
    ).toEqual([]);
});
