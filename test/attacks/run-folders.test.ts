import { globSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, it } from 'vitest';
import { installTemplate, oneStep } from '../end-to-end/install-template.ts';
import { poll } from '../end-to-end/running-stack.ts';
import { useStack } from '../end-to-end/stack-fixture.ts';

/** All users of a container may read and write the run tree, since the image determines the user. */
const stack = useStack();

const modeOf = (path: string) => (statSync(path).mode & 0o777).toString(8);

it('other users of the host cannot access a run tree of a local server', async () => {
  const { token } = await stack.user('alice');
  const group = await stack.group(await installTemplate(stack, oneStep(['sleep 2'])), token, 'Group');
  const { json } = await stack.request('POST', `/groups/${group}/runs`, { token, body: { arguments: [] } });
  // The script exists when the tree is complete and its permissions are set.
  const find = async () => globSync(join(stack.dataDir, 'tasks/**/begun'))[0];
  const log = dirname(await poll(find, 'no step has begun'));
  expect(modeOf(log)).toBe('777');
  expect(modeOf(dirname(log))).toBe('700');
  expect(modeOf(join(stack.dataDir, 'tasks'))).toBe('700');
  expect((await stack.ended(json.id, token)).state).toBe('SUCCESS');
});
