import { afterAll, describe, expect, it } from 'vitest';
import { useStack } from '../../end-to-end/stack-fixture.ts';
import { attack, processesWith } from './hostile-run.ts';
import { attackNextStep } from './shared-task.ts';

/** The attacks that succeed for steps that are plain processes, as docs/local-stack.md describes. */
const BY_USER = [
  ...['read-keys', 'read-table', 'read-objects', 'read-tasks', 'write-data', 'read-product', 'write-product'],
  ...['see-server', 'read-environments', 'reach-root', 'trace-server', 'signal-server', 'fill-disk'],
];
/** The attacks that also succeed if the server is root. */
const BY_ROOT = ['read /etc/shadow', 'mount', 'make-device', 'kernel-settings', 'raw-network'];
/** The attacks that depend on settings of the kernel. */
const BY_MACHINE = ['own-namespace', 'kernel-log', 'engine-socket', 'trace-server'];

describe('a hostile step that is a plain process', () => {
  const stack = useStack({ env: { FLOWSERV_RUNNER: 'process' } });
  const daemon = `left-by-process-${process.pid}`;
  afterAll(() => {
    for (const pid of processesWith(daemon)) process.kill(pid, 'SIGKILL');
  });

  it('has the access of its user, but not the ticket of the step', async () => {
    const { succeeded, ports } = await attack(stack, daemon);

    const isSure = (name: string) => !BY_MACHINE.includes(name);
    const connections = [...ports].map((port) => `connect 127.0.0.1:${port}`);
    const control = succeeded.filter((name) => name.startsWith('write /'));
    expect(control).toHaveLength(1);
    const expected = [...BY_USER, ...(process.getuid?.() === 0 ? BY_ROOT : []), ...connections, ...control];
    expect(succeeded.filter(isSure).sort()).toEqual(expected.filter(isSure).sort());
    expect(processesWith(daemon)).toHaveLength(1);
    expect((await stack.request('GET', '')).status).toBe(200);
  });

  it('leaves nothing for the next step of the same task', async () => {
    await attackNextStep(stack, { image: 'python:3.9', isolated: false });
  });
});
