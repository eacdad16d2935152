import { describe, expect, it } from 'vitest';
import { listWorkflows } from '../../shared/workflows/list.ts';
import { updateWorkflow } from '../../shared/workflows/update.ts';
import { fixture } from '../end-to-end/running-stack.ts';
import { useStack } from '../end-to-end/stack-fixture.ts';

describe('updating a workflow', () => {
  const stack = useStack();

  const install = (id: string, name: string) => stack.install(fixture('hello-world'), { id, name });
  const entryOf = async (id: string) =>
    (await listWorkflows(stack.services)).entries.find((entry) => entry.id === id);

  it('C12: changes only the given fields', async () => {
    const id = await install('C12', 'Twelve');
    const before = await entryOf(id);

    await updateWorkflow(stack.services, id, { description: 'new text', instructions: 'new steps' });
    expect(await entryOf(id)).toEqual({
      id,
      name: 'Twelve',
      description: 'new text',
      instructions: 'new steps',
    });

    await updateWorkflow(stack.services, id, {});
    expect(await entryOf(id)).toEqual({
      id,
      name: 'Twelve',
      description: 'new text',
      instructions: 'new steps',
    });

    const all = { name: ' Other name ', description: 'd', instructions: 'i' };
    const updated = await updateWorkflow(stack.services, id, all);
    expect(updated).toEqual({ ...before, name: 'Other name', description: 'd', instructions: 'i' });
    expect(await entryOf(id)).toEqual(updated);
    expect((await stack.request('GET', `/workflows/${id}`)).json).toMatchObject({ ...updated });
  });

  it('C13: accepts its own name, but not the name of another workflow', async () => {
    await install('C13A', 'Name A');
    await install('C13B', 'Name B');

    await updateWorkflow(stack.services, 'C13A', { name: 'Name A' });

    await expect(updateWorkflow(stack.services, 'C13A', { name: 'Name B' })).rejects.toMatchObject({
      status: 400,
      message: "workflow 'Name B' exists",
    });
    expect((await entryOf('C13A'))?.name).toBe('Name A');
  });

  it('frees the old name of a renamed workflow', async () => {
    await install('FREE', 'Old');
    await updateWorkflow(stack.services, 'FREE', { name: 'New' });
    await install('NEXT', 'Old');
    expect((await entryOf('NEXT'))?.name).toBe('Old');
  });

  it('gives a name to only one of two concurrent requests', async () => {
    await install('RACE1', 'Racer 1');
    await install('RACE2', 'Racer 2');

    const outcomes = await Promise.allSettled(
      ['RACE1', 'RACE2'].map((id) => updateWorkflow(stack.services, id, { name: 'Winner' })),
    );

    expect(outcomes.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    const names = (await listWorkflows(stack.services)).entries.map(({ name }) => name);
    expect(names.filter((name) => name === 'Winner')).toHaveLength(1);
  });

  it('keeps all concurrent changes', async () => {
    const id = await install('BOTH', 'Both');

    await Promise.all([
      updateWorkflow(stack.services, id, { name: 'Both, renamed' }),
      updateWorkflow(stack.services, id, { description: 'described' }),
      updateWorkflow(stack.services, id, { instructions: 'instructed' }),
    ]);

    expect(await entryOf(id)).toEqual({
      id,
      name: 'Both, renamed',
      description: 'described',
      instructions: 'instructed',
    });
  });

  it.each([
    [{ name: ' ' }, 'invalid name'],
    [{ name: 'x'.repeat(513) }, 'invalid name'],
    [{ description: 'x'.repeat(100_001) }, 'more than 100000 bytes'],
  ])('rejects invalid names and texts that are too long', async (change, message) => {
    const id = (await listWorkflows(stack.services)).entries[0]?.id ?? '';
    await expect(updateWorkflow(stack.services, id, change)).rejects.toMatchObject({
      status: 400,
      message: expect.stringContaining(message),
    });
  });

  it('N14: rejects an unknown workflow', async () => {
    await expect(updateWorkflow(stack.services, 'UNKNOWN', { name: 'x' })).rejects.toMatchObject({
      status: 404,
      message: "unknown workflow 'UNKNOWN'",
    });
  });
});
