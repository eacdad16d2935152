import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { startProgram } from './run-cli.ts';

const folder = mkdtempSync(join(tmpdir(), 'flowserv-local-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Starts the server and stops it when it is ready. */
async function served(env: Readonly<Record<string, string>> = {}) {
  const server = startProgram('flowserv', ['local', '--port', '0'], {
    env: { FLOWSERV_API_DIR: folder, ...env },
  });
  await server.shows('ready; stop with Ctrl-C');
  server.child.kill('SIGTERM');
  return server.outcome;
}

describe('flowserv local', () => {
  it('prints its faults and the seed that repeats them', async () => {
    const unnamed = await served({ FLOWSERV_FAULTS: 'events,index' });
    expect(unnamed.code).toBe(0);
    expect(unnamed.stdout).toContain('\nits faults are      events, index, by seed 1\n');
    const named = await served({ FLOWSERV_FAULTS: 'all', FLOWSERV_FAULTS_SEED: '7' });
    expect(named.stdout).toContain(
      '\nits faults are      index, conflicts, hidden, events, spot, by seed 7\n',
    );
  });

  it('injects no faults by default', async () => {
    expect((await served()).stdout).not.toContain('faults');
  });

  it('prints what runs the steps, what that does not protect from, and a change of the runner', async () => {
    const { stdout, stderr } = await served({ FLOWSERV_RUNNER: 'process' });
    expect(stdout).toContain('\nsteps run in        processes of this machine\n');
    expect(stderr).toMatch(
      /^note: steps are processes of yours: they can read your files and use your network, .*\n {6}\S.*\nnote: images are/,
    );
    expect(Math.max(...stderr.split('\n').map((line) => line.length))).toBeLessThanOrEqual(100);
    const { outcome } = startProgram('flowserv', ['local', '--port', '0', '--runner', 'docker'], {});
    expect(await outcome).toMatchObject({
      code: 2,
      stderr: expect.stringContaining(
        "argument 'docker' is invalid. Choose among auto, engine, sandbox, process.",
      ),
    });
  });

  it('rejects a data folder that cannot be created', async () => {
    const { outcome } = startProgram(
      'flowserv',
      ['local', '--port', '0', '--data-dir', '/proc/flowserv'],
      {},
    );
    const { code, stderr } = await outcome;
    expect(code).toBe(1);
    expect(stderr).toMatch(
      /^flowServ cannot start: the data folder \/proc\/flowserv cannot be written: .*\n$/,
    );
  });

  it('lists the kinds of faults for an unknown one', async () => {
    const { outcome } = startProgram('flowserv', ['local', '--port', '0'], {
      env: { FLOWSERV_API_DIR: folder, FLOWSERV_FAULTS: 'rain' },
    });
    expect(await outcome).toEqual({
      code: 1,
      stdout: '',
      stderr:
        "flowServ cannot start: 'rain' is not a kind of fault; choose from index, conflicts, hidden, events, spot or all\n",
    });
  });
});
