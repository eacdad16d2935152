import { describe, expect, it } from 'vitest';
import { cleanUp } from '../../bin/verify/clean-up.ts';
import { isOwnName, type World } from '../../bin/verify/world.ts';
import { keys } from '../../shared/store/keys.ts';
import { workflowEntryCodec } from '../../shared/workflows/workflow.ts';

const now = new Date('2026-12-24T00:00:00Z');
const stamp = (date: string) => Math.floor(Date.parse(date) / 1000).toString(36);

describe('the objects of verify:aws', () => {
  it('are recognised by the creation time in their names', () => {
    expect(isOwnName(`verify_${stamp('2026-12-23T12:00:00Z')}_probe`, now)).toBe(true);
    expect(isOwnName(`verify_${stamp('2026-11-30T07:00:00Z')}_one`, now)).toBe(true);
  });

  it.each([
    'verify_results',
    'verify_images_one',
    'verify_zzzzzz_probe',
    `verify_${stamp('2025-10-01T00:00:00Z')}_probe`,
    `verify_${stamp('2026-12-23T12:00:00Z')}_probe_2`,
    `my_verify_${stamp('2026-12-23T12:00:00Z')}_probe`,
    'verify_',
  ])("do not include a workflow or an account '%s' of others", (name) => {
    expect(isOwnName(name, now)).toBe(false);
  });

  it('are removed, and no object of an organiser or participant', async () => {
    const own = `verify_${stamp(new Date().toISOString())}_probe`;
    const named = [own, 'verify_course', 'HW'].map((id) => ({ id, name: id }));
    // The last one has an id like those of the script, but another name.
    const items = [...named, { id: `${own}x`, name: 'Contest' }].map((entry) =>
      workflowEntryCodec.write(keys.workflowEntry(entry.id), { ...entry, description: '', instructions: '' }),
    );
    const gone: string[] = [];
    const note = async (name: string) => void gone.push(name);
    const world = {
      say: () => {},
      services: { table: { list: async () => items } },
      operator: {
        removeWorkflow: note,
        purgeWorkflow: async () => true,
        listUsers: async () => [own, 'verify_me', 'alice'].map((name) => ({ name, state: 'active' })),
        changeUser: note,
      },
    } as unknown as World;
    const { removed, left } = await cleanUp(world);
    expect(left).toEqual([]);
    expect(removed).toEqual([`workflow ${own}`, `account ${own} (disabled)`]);
    expect(gone).toEqual([own, own]);
  });
});
