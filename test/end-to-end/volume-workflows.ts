/** Templates and engine configurations of workflows that use storage volumes. */

/** A step, with lists of its inputs and outputs as in YAML. */
export const step = (
  name: string,
  inputs: string,
  outputs: string,
  commands: readonly string[],
) => `    - name: ${name}
      files: {inputs: [${inputs}], outputs: [${outputs}]}
      action: {environment: 'python:3.9', commands: ${JSON.stringify(commands)}}
`;
export const workflowOf = (steps: readonly string[]) =>
  `workflow:\n  files: {outputs: [out/b.txt]}\n  steps:\n${steps.join('')}`;
/** A workflow of two steps, which gets `in/a.txt` and `tables/` from volumes. */
export const TWO_STEPS = workflowOf([
  step('first', 'in/a.txt, tables/', 'mid/', ['cat in/a.txt tables/1.csv tables/deep/* > mid/m.txt']),
  step('second', 'mid/', 'out/b.txt', [
    '! find . -type f | grep -e csv -e a.txt',
    'cat mid/m.txt > out/b.txt',
  ]),
]);
/** Workers for the volumes of two steps, with files of the volumes `data` and `lab`. */
export const config = (first: string, second: string) => ({
  volumes: [
    { id: 'data', files: ['in/a.txt'] },
    { name: 'lab', files: ['tables/'] },
  ],
  workers: [
    { name: 'one', type: 'docker', volume: first },
    { name: 'two', type: 'docker', volume: second },
  ],
  workflow: [
    { step: 'first', worker: 'one' },
    { step: 'second', worker: 'two' },
  ],
});
/** An engine configuration with files of a volume. */
export const getting = (files: readonly string[], volume = 'odd') => ({ volumes: [{ id: volume, files }] });
