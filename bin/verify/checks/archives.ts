import { setTimeout as sleep } from 'node:timers/promises';
import { ask } from '../ask.ts';
import { type Check, hold } from '../check.ts';
import { PYTHON_IMAGE } from '../probe-template.ts';
import { ended, endOf } from '../trial.ts';

const FILES = 9_900;
const FILE_BYTES = 1_500_000;
const POLL_MS = 5_000;

/** Random bytes, which cannot be compressed: the archive is as large as its files. */
const PROGRAM = `import os
os.makedirs('many', exist_ok=True)
for number in range(${FILES}):
    with open('many/%05d.bin' % number, 'wb') as file:
        file.write(os.urandom(${FILE_BYTES}))
`;

const FILES_OF_MANY = {
  'flowserv.yaml': 'name: Many\nspecfile: template.yaml\nfiles:\n  - source: code/many.py\n',
  'code/many.py': PROGRAM,
  'template.yaml': `
workflow:
  files: {inputs: [code/many.py], outputs: [many/]}
  steps:
    - name: many
      files: {inputs: [code/many.py], outputs: [many/]}
      action: {environment: '${PYTHON_IMAGE}', commands: ['\${python} code/many.py']}
`,
};

const large: Check = {
  id: 'archive-large',
  title: 'an archive of 15 GB in 10,000 files is created within the 15 minutes of its function',
  proves: 'the function `archive` is fast enough for the largest run, whose 10,000 files a task uploads',
  needs: ['time', 'fargate'],
  minutes: 90,
  async run(world) {
    const { client, name, token } = await world.person('one');
    const workflow = await world.installFiles('many', FILES_OF_MANY);
    const group = await client.groups.create(workflow, { name });
    const trial = await endOf(world, { client }, await client.runs.start(group.id));
    const seen = ended(trial, 'SUCCESS');
    const since = Date.now();
    for (;;) {
      const url = `${world.target.url}/runs/${trial.run.id}/downloads/archive?link=json`;
      const reply = await ask('GET', url, { headers: { api_key: token } });
      const seconds = Math.round((Date.now() - since) / 1000);
      hold(reply.status === 200 || reply.status === 202, `the archive is a ${reply.status}`, {
        text: reply.text,
      });
      if (reply.status === 200) return { ...seen, archiveSeconds: seconds };
      await sleep(POLL_MS);
    }
  },
};

/** Checks that take longer than users normally wait. */
export const archiveChecks: readonly Check[] = [large];
