import { once } from 'node:events';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TransferRequest } from '../../shared/engine/next-step-protocol.ts';
import { cancelRun } from '../../shared/runs/cancel.ts';
import { readRunDocument } from '../../shared/runs/documents/plan.ts';
import { readAnyRun } from '../../shared/runs/run.ts';
import { nextStep } from '../../shared/runs/steps/next-step.ts';
import type { StepRecord } from '../../shared/runs/steps/record.ts';
import { readFetched } from '../../shared/runs/steps/transfer-document.ts';
import { writeRecords } from '../../shared/runs/steps/write-records.ts';
import type { Services } from '../../shared/services/services.ts';
import { transfer } from '../../shared/transfers/transfer.ts';
import { drive } from './driven-run.ts';
import { installTemplate, resultText } from './install-template.ts';
import { servicesOf } from './own-function.ts';
import { admittedRun, stepsOf } from './played-run.ts';
import { useStack } from './stack-fixture.ts';
import { fill, folderVolume, volumeFolders } from './volume-folders.ts';
import { config, getting, step, TWO_STEPS, workflowOf } from './volume-workflows.ts';

const { lab, store, data, odd, file } = volumeFolders('lab', 'store', 'data', 'odd', 'file');
const mute = createServer(() => {}).listen(0, '127.0.0.1');
await once(mute, 'listening');
const { port } = mute.address() as AddressInfo;
afterAll(() => mute.close());
const stack = useStack({
  env: {
    FLOWSERV_VOLUMES: JSON.stringify([
      folderVolume('lab', lab),
      folderVolume('store', store),
      folderVolume('data', data, { readOnly: true }),
      folderVolume('odd', odd),
      folderVolume('broken', join(file, 'folder')),
      {
        ...{ id: 'mute', type: 's3', credentialsFile: join(data, 'login.json') },
        args: { bucket: 'volumes', region: 'us-east-1', endpoint: `http://127.0.0.1:${port}` },
      },
    ]),
  },
  check: 'consistency',
});

let token: string;
beforeAll(async () => {
  fill(data, { 'in/a.txt': 'a\n' });
  fill(lab, { 'tables/1.csv': '1\n', 'tables/deep/2.csv': '2\n' });
  writeFileSync(file, '');
  writeFileSync(join(data, 'login.json'), JSON.stringify({ accessKeyId: 'a', secretAccessKey: 'b' }));
  token = (await stack.user('ada')).token;
});

/** Installs a workflow, and returns a group of it. */
async function groupOf(template: string, settings: Record<string, unknown>, files = {}): Promise<string> {
  const workflow = await installTemplate(stack, template, files, { config: settings });
  return stack.group(workflow, token, 'Group');
}
const folderOf = (base: string, runId: string) => join(base, 'runs', runId);
const transferOf =
  (services: Services = servicesOf(stack, 'transfer')) =>
  (request: TransferRequest) =>
    transfer(services, request);

describe('a transfer', () => {
  it('gives all steps of a run the same version, whatever others change on the volume meanwhile', async () => {
    fill(odd, { 'real.txt': 'before\n' });
    const template = workflowOf([
      step('first', 'real.txt', 'mid/', ['cat real.txt > mid/m.txt']),
      step('second', 'real.txt, mid/', 'out/b.txt', ['cat real.txt mid/m.txt > out/b.txt']),
    ]);
    const settings = { ...config('lab', 'lab'), ...getting(['real.txt']) };
    const runId = await admittedRun(stack, await groupOf(template, settings));
    const move = transferOf();
    await drive(stack, runId, {
      transfer: async (request) => {
        const answer = await move(request);
        fill(odd, { 'real.txt': 'after\n' });
        // The outputs of the run itself as well.
        if (request.step === 0 && request.phase === 'after')
          fill(folderOf(lab, runId), { 'mid/m.txt': 'forged\n' });
        return answer;
      },
    });
    const run = await stack.ended(runId, token);
    expect(await resultText(stack, run, 'out/b.txt')).toBe('before\nbefore\n');
  });

  it('continues after a crash at any write, with the same end', async () => {
    const group = await groupOf(TWO_STEPS, config('lab', 'store'));
    for (let crash = 0; crash < 6; crash += 1) {
      const runId = await admittedRun(stack, group);
      const services = servicesOf(stack, 'transfer');
      let left = crash;
      const crashed = () => {
        left -= 1;
        if (left === -1) throw new Error('crashed');
      };
      const objects: Services['objects'] = {
        ...services.objects,
        async write(...call) {
          crashed();
          return services.objects.write(...call);
        },
        async writeOnce(...call) {
          crashed();
          return services.objects.writeOnce(...call);
        },
      };
      const crashing = transferOf({ ...services, objects });
      let crashes = 0;
      await drive(stack, runId, {
        transfer: async (request) => {
          for (;;) {
            const answer = await crashing(request).catch(() => undefined);
            if (answer?.failure === '') return answer;
            crashes += 1;
          }
        },
      });
      expect(crashes).toBe(1);
      const run = await stack.ended(runId, token);
      expect(await resultText(stack, run, 'out/b.txt')).toBe('a\n1\n2\n');
      expect(readFileSync(join(folderOf(store, runId), 'out/b.txt'), 'utf8')).toBe('a\n1\n2\n');
    }
  });

  it('that is repeated after its end copies nothing', async () => {
    const runId = await admittedRun(stack, await groupOf(TWO_STEPS, config('lab', 'store')));
    const move = transferOf();
    await drive(stack, runId, {
      transfer: async (request) => {
        const answer = await move(request);
        const copied = join(folderOf(lab, runId), 'mid/m.txt');
        if (request.phase === 'after' && request.step === 0) {
          rmSync(copied);
          expect(await move(request)).toEqual({ failure: '', permanent: false });
          expect(existsSync(copied)).toBe(false);
        }
        return answer;
      },
    });
    const [first] = await stepsOf(stack.services, runId);
    expect(first).toMatchObject({ state: 'success', attempt: 1 });
    // Neither does one that no step is waiting for.
    expect(await move({ runId, phase: 'before', step: 0, attempt: 0 })).toEqual({
      failure: '',
      permanent: false,
    });
  });

  it('that goes on while its repetition completes changes nothing that the step gets', async () => {
    const many = join(lab, 'tables/many');
    // More files than are copied at the same time.
    fill(many, Object.fromEntries([3, 4, 5, 6].map((name) => [`${name}.csv`, `${name}\n`])));
    const runId = await admittedRun(stack, await groupOf(TWO_STEPS, config('lab', 'store')));
    const request: TransferRequest = { runId, phase: 'before', step: 0, attempt: 0 };
    await nextStep(stack.services, { runId, outcome: null, transfers: true });
    const services = servicesOf(stack, 'transfer');
    let later = 0;
    const repetition = async () => {
      const answer = await transferOf()(request);
      const outcome = { step: 0, attempt: 0, transfer: { phase: 'before' as const, ...answer } };
      const next = await nextStep(stack.services, { runId, outcome, transfers: true });
      expect(next).toMatchObject({ action: 'run', step: 0, attempt: 1 });
      later += 10_000;
    };
    let repeated: Promise<void> | undefined;
    // The response to the first call is lost, it stands still while the state machine makes another, and ends later.
    const write: Services['objects']['write'] = async (bucketName, key, ...rest) => {
      if (repeated && later > 0 && key.includes('/volumes/')) throw new Error('killed');
      repeated ??= repetition();
      await repeated;
      return services.objects.write(bucketName, key, ...rest);
    };
    const slow: Services = {
      ...services,
      now: () => new Date(Date.now() + later),
      objects: { ...services.objects, write },
    };
    await transfer(slow, request).catch(() => undefined);
    rmSync(many, { recursive: true });
    const { plan } = await readRunDocument(stack.services, runId);
    const [first] = plan.steps;
    const fetched = first && (await readFetched(stack.services, runId, first));
    expect(fetched?.length).toBe(7);
  });

  it('is not undone by a late record of the attempt before it', async () => {
    const runId = await admittedRun(stack, await groupOf(TWO_STEPS, config('lab', 'store')));
    await nextStep(stack.services, { runId, outcome: null });
    const [running] = await stepsOf(stack.services, runId);
    if (running?.state !== 'running') throw new Error('the step does not run');
    const { plan } = await readRunDocument(stack.services, runId);
    const write = (record: StepRecord) => writeRecords(stack.services, runId, plan, [record]);
    const due = { phase: 'after' as const, failures: 0 };
    expect(await write({ ...running, state: 'transferring', transfer: due })).toBe('written');
    expect(await write(running)).toBe('changed');
    expect(await write({ ...running, state: 'success' })).toBe('written');
  });

  it('ends when its run is canceled, and starts no task', async () => {
    const runId = await admittedRun(stack, await groupOf(TWO_STEPS, config('lab', 'store')));
    const services = servicesOf(stack, 'transfer');
    let hours = 0;
    const late: Services = { ...services, now: () => new Date(Date.now() + hours * 10_000) };
    const begun = await nextStep(stack.services, { runId, outcome: null, transfers: true });
    expect(begun).toEqual({ action: 'transfer', phase: 'before', step: 0, attempt: 0 });
    const handle = (await stack.request('GET', `/runs/${runId}`, { token })).json;
    expect(handle.reason).toContain('copying files from or to a storage volume for step 1 of 2 `first`');
    const run = await readAnyRun(stack.services, runId);
    if (!run) throw new Error('no run');
    const writes: string[] = [];
    const write: Services['objects']['write'] = async (bucketName, key, ...rest) => {
      writes.push(key);
      if (writes.length === 1) {
        await cancelRun(stack.services, run);
        hours += 1;
      }
      return services.objects.write(bucketName, key, ...rest);
    };
    const request: TransferRequest = { runId, phase: 'before', step: 0, attempt: 0 };
    const answer = await transfer({ ...late, objects: { ...services.objects, write } }, request);
    expect(answer).toEqual({ failure: '', permanent: false });
    expect(writes.length).toBeLessThanOrEqual(4);
    expect(existsSync(folderOf(lab, runId))).toBe(false);
    const outcome = { step: 0, attempt: 0, transfer: { phase: 'before' as const, ...answer } };
    expect(await nextStep(stack.services, { runId, outcome, transfers: true })).toEqual({ action: 'done' });
  });

  it('waits for a volume that cannot be reached, without naming its location', async () => {
    const template = workflowOf([step('only', '', 'out/b.txt', ['echo b > out/b.txt'])]);
    const settings = {
      workers: [{ name: 'w', type: 'docker', volume: 'broken' }],
      workflow: [{ step: 'only', worker: 'w' }],
    };
    const runId = await admittedRun(stack, await groupOf(template, settings));
    await nextStep(stack.services, { runId, outcome: null, transfers: true });
    const answer = await transferOf()({ runId, phase: 'before', step: 0, attempt: 0 });
    expect(answer).toEqual({
      failure: "files could not be copied from or to the storage volume 'broken'",
      permanent: false,
    });
    const outcome = { step: 0, attempt: 0, transfer: { phase: 'before' as const, ...answer } };
    const next = await nextStep(stack.services, { runId, outcome, transfers: true });
    expect(next).toEqual({ action: 'wait', seconds: 2, step: 0, attempt: 0 });
  });

  describe('from a volume that never responds', () => {
    const request = { phase: 'before', step: 0, attempt: 0 } as const;
    const asked = async () => {
      const template = workflowOf([step('only', 'a.txt', 'out/b.txt', ['cat a.txt > out/b.txt'])]);
      const runId = await admittedRun(stack, await groupOf(template, getting(['a.txt'], 'mute')));
      await nextStep(stack.services, { runId, outcome: null, transfers: true });
      return runId;
    };

    it('is tried again after 5 minutes', async () => {
      const runId = await asked();
      const services = servicesOf(stack, 'transfer');
      let calls = 0;
      const late = { ...services, now: () => new Date(Date.now() + (calls++ > 1 ? 6 * 60_000 : 0)) };
      expect(await transfer(late, { runId, ...request })).toEqual({
        failure: 'a storage volume did not respond for 5 minutes',
        permanent: false,
      });
    });

    it('ends when its run is canceled', async () => {
      const runId = await asked();
      const moving = transfer(servicesOf(stack, 'transfer'), { runId, ...request });
      const run = await readAnyRun(stack.services, runId);
      if (!run) throw new Error('no run');
      await cancelRun(stack.services, run);
      expect(await moving).toEqual({ failure: '', permanent: false });
    });
  });

  it('has a clear end after 14 minutes', async () => {
    const runId = await admittedRun(stack, await groupOf(TWO_STEPS, config('lab', 'store')));
    await nextStep(stack.services, { runId, outcome: null, transfers: true });
    const services = servicesOf(stack, 'transfer');
    let calls = 0;
    const slow = { ...services, now: () => new Date(Date.now() + (calls++ > 1 ? 15 * 60_000 : 0)) };
    const answer = await transfer(slow, { runId, phase: 'before', step: 0, attempt: 0 });
    expect(answer).toMatchObject({
      permanent: true,
      failure: expect.stringContaining('more than 14 minutes'),
    });
  });
});
