import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { startCommand } from '../bin/run-cli.ts';
import { installTemplate, oneStep, start } from '../end-to-end/install-template.ts';
import { useStack } from '../end-to-end/stack-fixture.ts';

const stack = useStack();
const folder = mkdtempSync(join(tmpdir(), 'flowserv-stopping-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

it('a step that saves its state on SIGTERM does so when its run is canceled (report 28)', async () => {
  const notes = join(folder, 'notes');
  const program = [
    'import signal, time',
    `note = lambda text: print(text, file=open(${JSON.stringify(notes)}, 'a'), flush=True)`,
    'def stop(*_):',
    '    note("asked")',
    '    time.sleep(0.5)',
    '    note("saved")',
    '    raise SystemExit(0)',
    'signal.signal(signal.SIGTERM, stop)',
    'note("ready")',
    'while True: time.sleep(0.05)',
  ].join('\n');
  const workflow = await installTemplate(stack, oneStep(['python3 code/train.py; echo 2'], '', []), {
    'code/train.py': program,
  });
  const { id, token } = await stack.user('alice');
  const group = await stack.group(workflow, token, `group of ${id}`);
  const run = await start(stack, group, token);
  const noted = () => {
    try {
      return readFileSync(notes, 'utf8');
    } catch {
      return '';
    }
  };
  await expect.poll(noted, { timeout: 30_000 }).toBe('ready\n');
  const canceled = await stack.request('PUT', `/runs/${run.json.id}`, { token });
  expect(canceled.json.state).toBe('CANCELED');
  await expect.poll(noted, { timeout: 10_000 }).toBe('ready\nasked\nsaved\n');
});

it('npm start stops its server and ends on SIGTERM', async () => {
  const npm = startCommand('npm', ['start'], {
    cwd: join(import.meta.dirname, '../..'),
    env: { FLOWSERV_API_DIR: join(folder, 'data'), FLOWSERV_API_PORT: '0' },
  });
  await npm.shows('ready; stop with Ctrl-C');
  const { pid } = JSON.parse(readFileSync(join(folder, 'data/stack.json'), 'utf8'));
  npm.child.kill('SIGTERM');
  const { code, stdout } = await npm.outcome;
  expect(code).toBe(0);
  expect(stdout).toMatch(/stopping …\nstopped\n$/);
  expect(() => process.kill(pid, 0)).toThrow('ESRCH');
});
