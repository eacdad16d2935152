import { describe, expect, it } from 'vitest';
import { parseManifest } from '../../shared/template/manifest.ts';

const read = (participants: unknown) => parseManifest({ participants }).participants;

describe('what participants may set', () => {
  it('is the list of sizes in the manifest', () => {
    expect(read({ config: ['cpu', 'memory', 'disk', 'timeout', 'cpu'] })).toEqual({
      config: ['cpu', 'memory', 'disk', 'timeout'],
    });
    expect(read({ config: [] })).toEqual({ config: [] });
    for (const none of [{}, { config: null }]) expect(read(none)).toEqual({});
    expect(read(null)).toBeUndefined();
    expect(parseManifest({})).not.toHaveProperty('participants');
  });

  it('says whether members must accept invitations', () => {
    expect(read({ invitations: 'required' })).toEqual({ invitations: 'required' });
    expect(read({ invitations: null })).toEqual({});
    expect(read({ rules: 'docs/rules.md', approval: true, onAccountDeletion: 'delete' })).toEqual({
      rules: 'docs/rules.md',
      approval: true,
      onAccountDeletion: 'delete',
    });
  });

  it.each([
    [{ invitations: 'always' }, "participants.invitations: unknown value 'always'; use optional or required"],
    [{ invitations: true }, 'participants.invitations'],
    [{ onAccountDeletion: 'forget' }, 'participants.onAccountDeletion'],
    [{ approval: 'yes' }, 'participants.approval'],
    [{ rules: '../rules.md' }, 'participants.rules'],
    [
      { config: ['env'] },
      "participants.config: participants cannot set 'env'; use some of cpu, memory, disk, timeout",
    ],
    [{ config: ['variables'] }, "cannot set 'variables'"],
    [{ config: ['__proto__'] }, "cannot set '__proto__'"],
    [{ config: ['cpu', 1] }, 'participants.config'],
    [{ config: 'cpu' }, 'participants.config'],
    [{ config: Array.from({ length: 101 }, () => 'cpu') }, 'participants.config'],
    [{ sizes: [] }, "unknown element 'sizes'"],
    [['cpu'], 'participants: must be a mapping'],
  ])('is rejected otherwise: %j', (participants, message) => {
    expect(() => read(participants)).toThrow(message);
    expect(() => read(participants)).toThrow('invalid manifest: ');
  });
});
