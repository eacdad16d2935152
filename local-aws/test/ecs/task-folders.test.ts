import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { removeWrittenFiles } from '../../ecs/task-folders.ts';

it('removes the files of old tasks, except those that the runner needs to remove the others', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'flowserv-tasks-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const task = join(folder, 'a'.repeat(32));
  for (const name of ['volumes/work', 'containers/step/tmp']) {
    mkdirSync(join(task, name), { recursive: true });
    writeFileSync(join(task, name, 'file'), '');
  }
  writeFileSync(join(task, 'images.json'), '[]');
  mkdirSync(join(folder, '.sandbox', 'volumes'), { recursive: true });
  await removeWrittenFiles(folder);

  expect(existsSync(join(task, 'volumes'))).toBe(false);
  expect(existsSync(join(task, 'containers'))).toBe(false);
  expect(existsSync(join(task, 'images.json'))).toBe(true);
  expect(existsSync(join(folder, '.sandbox', 'volumes'))).toBe(true);
  await removeWrittenFiles(join(folder, 'missing'));
});
