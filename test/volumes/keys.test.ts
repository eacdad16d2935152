import { expect, it } from 'vitest';
import { objectKeys } from '../../shared/volumes/keys.ts';

it('[M13] keys contain the ids of what they belong to, and the files of a version have their own folder', () => {
  const upload = objectKeys.upload('workflow', 'group', 'file');
  expect(upload).toBe(`${objectKeys.group('workflow', 'group')}files/file`);
  expect(objectKeys.group('workflow', 'group')).toContain('workflow/groups/group');
  expect(objectKeys.run('workflow', 'run')).toContain('workflow/runs/run');
  const statics = objectKeys.version('workflow', 'version');
  expect(statics.startsWith(objectKeys.workflow('workflow'))).toBe(true);
  expect(statics).not.toBe(objectKeys.workflow('workflow'));
});
