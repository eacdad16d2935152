import { expect, it } from 'vitest';
import { keys } from '../../shared/store/keys.ts';
import { ensureTaskDefinition } from '../../shared/workflows/task-definitions.ts';
import { servicesOf } from '../end-to-end/own-function.ts';
import { useStack } from '../end-to-end/stack-fixture.ts';

const stack = useStack();

it('the definition of an image is read once from a table, and again from another one of the same name', async () => {
  const image = { reference: 'python:3.9-known', own: true };
  const arn = await ensureTaskDefinition(stack.services, image);
  const [family = ''] = arn.slice(arn.lastIndexOf('/') + 1).split(':');
  const { table } = stack.services;
  const key = keys.taskDefinition(family);
  expect(await ensureTaskDefinition(stack.services, image)).toBe(arn);
  await table.remove(key);
  expect(await ensureTaskDefinition(stack.services, image)).toBe(arn);
  expect(await table.get(key)).toBeUndefined();
  await ensureTaskDefinition(servicesOf(stack, 'next-step'), image);
  expect(await table.get(key)).toMatchObject({ arn: expect.stringContaining(family) });
});
