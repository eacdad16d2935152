import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type ChosenRunner, chooseRunner } from '../../../infra/local/runners/choose-runner.ts';
import { keepRunner } from '../../../infra/local/runners/kept-runner.ts';
import { openRunner } from '../../../infra/local/runners/open-runner.ts';
import {
  parseRunnerSetting,
  type RunnerName,
  runnerNames,
} from '../../../infra/local/runners/runner-setting.ts';

/** Runners of which some are missing, and the names of those that were tried. */
function runners(...missing: RunnerName[]) {
  const tried: RunnerName[] = [];
  const open = (name: RunnerName) => async (): Promise<ChosenRunner> => {
    tried.push(name);
    if (missing.includes(name)) throw new Error(`${name} is missing`);
    const runner = { openTask: () => Promise.reject(new Error('unused')), recover: async () => {} };
    return {
      name,
      runner,
      description: `the ${name}`,
      notices: [`notice of ${name}`],
      close: async () => {},
    };
  };
  return { tried, open: { engine: open('engine'), sandbox: open('sandbox'), process: open('process') } };
}

describe('the runner of steps', () => {
  it('is the first that works on the host, from the engine to plain processes', async () => {
    const all = runners();
    expect((await chooseRunner('auto', runnerNames, all.open)).name).toBe('engine');
    expect(all.tried).toEqual(['engine']);
    const some = runners('engine');
    expect(await chooseRunner('auto', runnerNames, some.open)).toMatchObject({
      name: 'sandbox',
      notices: ['notice of sandbox', 'engine is missing'],
    });
  });

  it('reports why each better runner is not available', async () => {
    const { notices } = await chooseRunner('auto', runnerNames, runners('engine', 'sandbox').open);
    expect(notices).toEqual(['notice of process', 'engine is missing', 'sandbox is missing']);
  });

  it('is never an engine if images must not be pulled', async () => {
    const { tried, open } = runners('sandbox');
    expect((await chooseRunner('auto', ['sandbox', 'process'], open)).name).toBe('process');
    expect(tried).toEqual(['sandbox', 'process']);
  });

  it('is the chosen one, or an error with the reason why it is not available', async () => {
    expect((await chooseRunner('process', runnerNames, runners().open)).name).toBe('process');
    await expect(chooseRunner('engine', runnerNames, runners('engine').open)).rejects.toThrow(
      'engine is missing',
    );
  });

  it('is read from its setting, which rejects other values with the choices', () => {
    expect([undefined, '', 'auto', 'engine', 'sandbox', 'process'].map(parseRunnerSetting)).toEqual([
      'auto',
      'auto',
      'auto',
      'engine',
      'sandbox',
      'process',
    ]);
    expect(() => parseRunnerSetting('docker')).toThrow(
      "FLOWSERV_RUNNER is 'docker'; choose among auto, engine, sandbox, process",
    );
  });

  it('is not replaced by another one if a setting is unusable', async () => {
    const wrong = (env: Record<string, string>) =>
      openRunner({
        dataDir: '/nowhere',
        env,
        artifacts: { product: '/', stagingProgram: '', bundles: async () => '' },
        isolate: true,
        stagingImage: 'image',
        architecture: 'X86_64',
        onProgress: () => {},
      });
    await expect(wrong({ FLOWSERV_IMAGE_PULL: 'sometimes' })).rejects.toThrow(
      "FLOWSERV_IMAGE_PULL is 'sometimes'; choose missing or always",
    );
    const folders = (text: string) => wrong({ FLOWSERV_SANDBOX_FOLDERS: text });
    const begins = 'FLOWSERV_SANDBOX_FOLDERS names';
    await expect(folders('/usr:.venv')).rejects.toThrow(`${begins} '.venv', which does not begin with /`);
    await expect(folders('/nowhere')).rejects.toThrow(`${begins} '/nowhere', which is not a folder`);
    await expect(folders('/etc/passwd')).rejects.toThrow(`${begins} '/etc/passwd', which is not a folder`);
    await expect(folders('/usr/..')).rejects.toThrow(`${begins} '/usr/..', which would show the whole host`);
  });

  it('is stored in the data folder, which distinguishes a change from a first start', () => {
    const folder = mkdtempSync(join(tmpdir(), 'flowserv-runner-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const [processes, sandbox] = [
      { name: 'process', description: 'processes' },
      { name: 'sandbox', description: 'the sandbox' },
    ] as const;
    expect(keepRunner(folder, processes)).toBeUndefined();
    expect(keepRunner(folder, processes)).toBeUndefined();
    expect(keepRunner(folder, sandbox)).toEqual(processes);
    expect(keepRunner(folder, { ...sandbox, description: 'a newer sandbox' })).toBeUndefined();
    writeFileSync(join(folder, 'runner.json'), '{}');
    expect(keepRunner(folder, sandbox)).toBeUndefined();
  });
});
