import { type Check, Unmet } from '../check.ts';
import { WITH_STATIC_FILE } from '../probe-template.ts';
import { ended, endOf } from '../trial.ts';

const volumes: Check = {
  id: 'run-volume',
  title: 'a step reads and writes each storage volume of the stage',
  proves:
    'Step Functions calls the function of transfers, which reads the credentials or uses its own role, and reaches the servers',
  needs: [],
  minutes: 20,
  async run(world) {
    const { volumes: configured } = world.services.config;
    const writable = configured.filter(({ readOnly }) => !readOnly);
    if (writable.length === 0) throw new Unmet('the stage has no storage volume that steps may write to');
    const { client, name } = await world.person('one');
    const runs: Record<string, string> = {};
    for (const [index, { id }] of writable.entries()) {
      const config = {
        workers: [{ name: 'on-volume', type: 'docker', volume: id }],
        workflow: [{ step: 'read', worker: 'on-volume' }],
      };
      const letter = String.fromCharCode('a'.charCodeAt(0) + index);
      const workflow = await world.installFiles(`volume${letter}`, WITH_STATIC_FILE, config);
      const group = await client.groups.create(workflow, { name });
      const trial = await endOf(world, { client }, await client.runs.start(group.id));
      ended(trial, 'SUCCESS');
      runs[id] = trial.run.id;
    }
    return { runs, remove: 'the folders runs/<id> of these runs on the volumes' };
  },
};

/** Storage volumes of workers. */
export const volumeChecks: readonly Check[] = [volumes];
