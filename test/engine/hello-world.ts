/** The hello-world template's workflow in flowServ's current grammar. */
export const HELLO_WORLD = {
  files: {
    inputs: ['code/', '$[[names]]'],
    outputs: ['results/greetings.txt', 'results/analytics.json'],
  },
  parameters: {
    inputfile: '$[[names]]',
    outputfile: 'results/greetings.txt',
    sleeptime: '$[[sleeptime]]',
    greeting: '$[[greeting]]',
  },
  steps: [
    {
      name: 'greet',
      files: { inputs: ['code/', '$[[names]]'], outputs: ['results/'] },
      action: {
        environment: 'python:3.7',
        commands: [
          'python code/helloworld.py --inputfile "${inputfile}" --outputfile "${outputfile}"' +
            ' --sleeptime ${sleeptime} --greeting ${greeting}',
          'python code/analyze.py --inputfile "${outputfile}" --outputfile results/analytics.json',
        ],
      },
    },
  ],
};

/** The same workflow in the REANA-like grammar of older templates. */
export const LEGACY_HELLO_WORLD = {
  version: '0.3.0',
  inputs: { files: HELLO_WORLD.files.inputs, parameters: HELLO_WORLD.parameters },
  workflow: {
    type: 'serial',
    specification: {
      steps: HELLO_WORLD.steps.map(({ action }) => action),
    },
  },
  outputs: { files: HELLO_WORLD.files.outputs },
};
