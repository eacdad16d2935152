import { type Check, hold, Unmet } from '../check.ts';
import { PYTHON_IMAGE, WITH_STATIC_FILE } from '../probe-template.ts';
import { ended, endOf } from '../trial.ts';

/** An engine configuration that runs the step of `WITH_STATIC_FILE` on spare capacity. */
const ON_SPOT = {
  workers: [{ name: 'spare', type: 'docker', spot: true }],
  workflow: [{ step: 'read', worker: 'spare' }],
};

const spot: Check = {
  id: 'run-spot',
  title:
    'a step whose worker has `spot: true` runs on Fargate Spot, or on demand if there is no spare capacity',
  proves:
    'the cluster has the capacity provider FARGATE_SPOT, Step Functions accepts a capacity provider strategy, and a lack of spare capacity is recognised',
  needs: [],
  minutes: 20,
  async run(world) {
    const { client, name } = await world.person('one');
    const workflow = await world.installFiles('spot', WITH_STATIC_FILE, ON_SPOT);
    const group = await client.groups.create(workflow, { name });
    const trial = await endOf(world, { client }, await client.runs.start(group.id));
    return { ...ended(trial, 'SUCCESS'), spot: trial.steps[0]?.spot ?? false };
  },
};

/** A step that lists the GPUs, and tries to read the metadata of its instance. */
const GPU_PROBE = {
  'flowserv.yaml': 'name: GPU\nspecfile: template.yaml\nfiles: []\n',
  'template.yaml': `
workflow:
  files: {outputs: [evidence.txt]}
  steps:
    - name: gpu
      files: {outputs: [evidence.txt]}
      action:
        environment: '${PYTHON_IMAGE}'
        commands:
          - nvidia-smi -L > evidence.txt
          - >-
            python3 -c "import urllib.request as u; u.urlopen('http://169.254.169.254/latest/meta-data/', timeout=5)"
            && exit 9 || echo "no metadata" >> evidence.txt
`,
};

const gpu: Check = {
  id: 'run-gpu',
  title:
    'a step whose worker has `gpu: true` starts an instance, sees one GPU, and no metadata of the instance',
  proves:
    'the capacity provider starts an instance for a task, its agent joins the cluster with the permissions of its role, images are pulled with the role of the task, and `ECS_AWSVPC_BLOCK_IMDS` takes effect',
  needs: ['fargate'],
  minutes: 30,
  async run(world) {
    if (!world.target.config.steps.gpu) throw new Unmet('the stage has no instances with a GPU');
    const { client, name } = await world.person('one');
    const config = {
      workers: [{ name: 'gpu', type: 'docker', gpu: true }],
      workflow: [{ step: 'gpu', worker: 'gpu' }],
    };
    const workflow = await world.installFiles('gpu', GPU_PROBE, config);
    const group = await client.groups.create(workflow, { name });
    const trial = await endOf(world, { client }, await client.runs.start(group.id));
    const seen = { ...ended(trial, 'SUCCESS'), evidence: trial.evidence };
    hold(/^GPU 0:.*\nno metadata$/m.test(trial.evidence), 'the step saw no GPU, or metadata', seen);
    return seen;
  },
};

/** Where tasks run other than on Fargate on demand. */
export const hostChecks: readonly Check[] = [spot, gpu];
