import { describe, expect, it } from 'vitest';
import { queueOwnerOf, type Run, runCodec, runFileId } from '../../shared/runs/run.ts';
import { runStates } from '../../shared/runs/state.ts';
import { keys } from '../../shared/store/keys.ts';
import { DEFAULT_USER } from '../../shared/users/user.ts';

const created = '2026-01-01T00:00:00.000000+00:00';
const run: Run = {
  id: 'a'.repeat(32),
  workflowId: 'W',
  groupId: 'G',
  version: 'v',
  machineArn: 'arn',
  state: 'PENDING',
  createdAt: created,
  fileSecret: 'secret',
};

describe('a stored run', () => {
  it.each(runStates)('J25: is read as it was written in state %s', (state) => {
    const ended = state === 'ERROR' || state === 'CANCELED';
    const whole: Run = {
      ...run,
      state,
      ...(state === 'PENDING' ? {} : { startedAt: created, finishedAt: created }),
      ...(ended ? { messages: ['one', 'two'] } : {}),
    };
    expect(runCodec.read(runCodec.write(keys.run(run.id), whole))).toEqual(whole);
  });

  it('J25: is rejected in an unknown state, without a part, or with another version', () => {
    const item = runCodec.write(keys.run(run.id), run);
    const { createdAt, ...incomplete } = item;
    expect(createdAt).toBe(created);
    for (const broken of [{ ...item, state: 'UNKNOWN' }, incomplete, { ...item, v: 2 }]) {
      expect(() => runCodec.read(broken)).toThrow();
    }
  });

  it('waits in the queue of its user, or of its group under the open policy; post-processing comes last', () => {
    expect(queueOwnerOf({ ...run, userId: 'U' })).toBe('U');
    expect(queueOwnerOf({ ...run, userId: DEFAULT_USER.id })).toBe('G');
    expect(queueOwnerOf(run)).toBe('G');
    expect(['Z', 'z', '_', queueOwnerOf({ workflowId: 'W' })].sort().at(-1)).toBe('~W');
  });
});

describe('runFileId', () => {
  it('is the same for the same run and path, and differs otherwise', () => {
    const id = runFileId('secret', 'a.txt');
    expect(id).toMatch(/^[0-9a-f]{32}$/);
    expect(runFileId('secret', 'a.txt')).toBe(id);
    expect(new Set([id, runFileId('secret', 'b.txt'), runFileId('other', 'a.txt')]).size).toBe(3);
  });
});
