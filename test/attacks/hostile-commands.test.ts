import { describe, expect, it } from 'vitest';
import { filesUsed } from '../../shared/engine/commands/files-run.ts';

/** What the checks of a template find in a command grows with its length, so that no command stops the service. */

const context = {
  variables: new Map(),
  fixed: new Map(),
  expansion: 'variables',
  kinds: new Map(),
  kindOfReference: () => 'text' as const,
  textOfReference: () => '/',
} as const;

/** The length of all paths that a command runs or copies. */
const found = (command: string): number =>
  filesUsed(command, context).reduce((sum, use) => sum + use.path.length, 0);

describe.each([
  'cd a; ./b; ',
  'cd a/b/c/d; sh e.sh; ',
  'cd ../x; cp a b; ',
  'cp a/b c; ',
  'a/',
  '../',
  '. a; ',
])('a command of many times %j', (text) => {
  it('uses files whose paths grow with its length only', () => {
    const [short, long] = [800, 6400].map((times) => found(text.repeat(times)));
    expect(long).toBeLessThanOrEqual((short ?? 0) * 9 + 1024);
  });
});

it('a folder that is too long to exist makes the files of a command unknown', () => {
  const deep = 'cd a; '.repeat(100);
  expect(filesUsed('cd a/b; python c.py', context)).toEqual([{ kind: 'run', path: 'a/b/c.py' }]);
  const uses = filesUsed(`${deep} cp x ${'../'.repeat(100)}main.py; python main.py`, context);
  expect(uses.some(({ kind, path }) => kind === 'run' && path === '')).toBe(true);
  expect(filesUsed(`${deep} cd /tmp; python c.py`, context).at(-1)).toEqual({
    kind: 'run',
    path: '/tmp/c.py',
  });
});
