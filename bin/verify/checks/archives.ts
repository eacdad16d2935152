import { setTimeout as sleep } from 'node:timers/promises';
import { ask } from '../ask.ts';
import { type Check, hold } from '../check.ts';
import { PYTHON_IMAGE, WITH_STATIC_FILE } from '../probe-template.ts';
import { ended, endOf } from '../trial.ts';

const FILES = 9_900;
const FILE_BYTES = 1_500_000;
const POLL_MS = 5_000;
const SOON_MS = 1_000;

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

const submissions: Check = {
  id: 'submissions',
  title: 'an organiser sees the newest run of all groups, and downloads an archive of the submissions',
  proves:
    'the function `api` reads the index with the list of all runs, and signs links to bucket `work`; the function `archive` lists runs, writes there, and changes its request only',
  needs: [],
  minutes: 15,
  async run(world) {
    const { client, name } = await world.person('one');
    const workflow = await world.installFiles('submissions', WITH_STATIC_FILE);
    await world.operator.giveRole(workflow, name, 'organiser');
    const group = await client.groups.create(workflow, { name });
    const trial = await endOf(world, { client }, await client.runs.start(group.id));
    const seen = ended(trial, 'SUCCESS');
    const [newest] = await client.workflows.runs(workflow, { sort: 'newest' }, 1);
    hold(newest?.id === trial.run.id, 'the list of all runs does not have the run', seen);
    const { id } = await client.workflows.requestArchive(workflow, { outputs: true });
    const until = Date.now() + 300_000;
    for (;;) {
      const { state, runs, files = [] } = await client.workflows.findArchive(workflow, id);
      hold(state !== 'failed' && Date.now() < until, `the archive is ${state}`, seen);
      if (state === 'done') {
        const reply = await ask('GET', files[0]?.url ?? '', {});
        hold(reply.status === 200 && runs === 1, `its file is a ${reply.status}, with ${runs} runs`, seen);
        return { ...seen, archiveBytes: files[0]?.size };
      }
      await sleep(SOON_MS);
    }
  },
};

/** Archives; the large one takes longer than users normally wait. */
export const archiveChecks: readonly Check[] = [submissions, large];
