/** The template of the hello-world benchmark, parsed but not checked; tests change individual keys. */
export const helloWorld = {
  workflow: {
    files: { inputs: ['code/', '$[[names]]'], outputs: ['results/greetings.txt', 'results/analytics.json'] },
    parameters: {
      inputfile: '$[[names]]',
      outputfile: 'results/greetings.txt',
      sleeptime: '$[[sleeptime]]',
      greeting: '$[[greeting]]',
    },
    steps: [
      {
        name: 'greet',
        action: { environment: 'python:3.7', commands: ['${python} code/helloworld.py "${inputfile}"'] },
      },
    ],
  },
  parameters: [
    { name: 'names', label: 'Input file', dtype: 'file', group: 'main', index: 0, target: 'data/names.txt' },
    { name: 'sleeptime', dtype: 'int', group: 'main', index: 1, defaultValue: 10, range: '[0, 60]' },
    { name: 'greeting', dtype: 'string', group: 'main', index: 2, defaultValue: 'Hello' },
  ],
  parameterGroups: [{ name: 'main', title: 'Input', index: 0 }],
  outputs: [
    { source: 'results/greetings.txt', key: 'greetings', title: 'Greetings', format: { type: 'plaintext' } },
  ],
  results: {
    file: 'results/analytics.json',
    schema: [
      { name: 'avg_count', label: 'Avg. Chars', dtype: 'float' },
      { name: 'max_len', label: 'Longest', dtype: 'float', path: 'values/max' },
      { name: 'max_line', label: 'Line', dtype: 'string', required: false },
    ],
    orderBy: [{ name: 'avg_count' }, { name: 'max_len', sortDesc: false }],
  },
  postproc: {
    workflow: {
      steps: [{ name: 'compare', action: { environment: 'python:3.7', commands: ['x $[[runs]]'] } }],
    },
    inputs: { files: ['results/analytics.json'], runs: 'runs/' },
    outputs: [{ source: 'results/compare.json', title: 'Comparison' }],
  },
};
