import { beforeAll, describe, expect, it } from 'vitest';
import { contestRequests } from '../end-to-end/contest-requests.ts';
import { fileArgument, installTemplate, SCORES, start } from '../end-to-end/install-template.ts';
import { useStack } from '../end-to-end/stack-fixture.ts';

/**
 * A run that the platform failed does not count in its contest. A participant's program, which runs in an image of the
 * template, must not be able to make its own failure look like one.
 */
const TEMPLATE = `parameters:
  - {name: program, dtype: file, target: program.py}
workflow:
  files: {outputs: [out/]}
  steps:
    - name: predict
      files: {outputs: [out/]}
      action: {environment: 'python:3.9', commands: ['python3 program.py']}
    - name: score
      action: {environment: 'python:3.9', commands: ['echo 1 > result.json']}
${SCORES}`;

const FILES = 4_500;
const PROGRAMS: Readonly<Record<string, string>> = {
  'hides that its step began': `
import os, shutil
shutil.rmtree(os.environ['FS_LOG'], ignore_errors=True)
`,
  'hides that its step began, and ends as if the image had no shell': `
import os, shutil, sys
shutil.rmtree(os.environ['FS_LOG'], ignore_errors=True)
sys.exit(127)
`,
  'removes its own folder': `
import os, shutil
shutil.rmtree(os.environ['FS_WORK'], ignore_errors=True)
`,
  'leaves more link targets than a list of files may hold': `
import os
target = 'folder/../' * 400
os.mkdir('out/folder')
open('out/file', 'w').close()
for number in range(${FILES}):
    os.symlink(target + 'file', f'out/{number}')
`,
  'leaves chains of links that take long to follow': `
import os
os.mkdir('out/folder')
for number in range(${FILES}):
    os.symlink('folder/../' * 95 + str(number + 1), f'out/{number}')
`,
  'leaves names that a list of files cannot hold': `
import os
folder = 'out/' + '/'.join(['\\x01' * 240] * 3)
os.makedirs(folder)
for number in range(${FILES}):
    open(f'{folder}/{number}', 'w').close()
`,
};

describe("a participant's program", () => {
  const stack = useStack();
  const { left } = contestRequests(stack);
  let token: string;
  let group: string;
  beforeAll(async () => {
    token = (await stack.user('mallory')).token;
    const limits = 'contest: {limits: {runs: 50, groupsPerUser: 1}}\n';
    group = await stack.group(
      await installTemplate(stack, TEMPLATE, {}, { id: 'REFUNDS' }, limits),
      token,
      'Group',
    );
  });

  it.each(Object.keys(PROGRAMS))('gets no run back if it %s', async (name) => {
    const before = await left(group, token);
    const program = await fileArgument(stack, group, token, PROGRAMS[name] ?? '');
    const { json } = await start(stack, group, token, { program });
    await stack.ended(json.id, token);
    expect((await left(group, token)).runs).toBe((before.runs ?? 0) - 1);
    expect(stack.faults).toEqual([]);
  });
});
