import { execFileSync } from 'node:child_process';
import { pathToFileURL } from 'node:url';
import { folderWith, write } from './source-folder.ts';

const git = (folder: string, ...args: readonly string[]) =>
  execFileSync('git', ['-C', folder, '-c', 'user.name=Test', '-c', 'user.email=test@example.org', ...args], {
    encoding: 'utf8',
  });

/** A git repository in a temporary folder, with its address and a function for further commits. */
export async function repositoryWith(files: Readonly<Record<string, string>>) {
  const folder = await folderWith(files);
  const commit = () => {
    git(folder, 'add', '--all');
    git(folder, 'commit', '--quiet', '--message', 'files');
  };
  git(folder, 'init', '--quiet', '--initial-branch', 'main');
  commit();
  return {
    folder,
    url: pathToFileURL(folder).href,
    /** Commits other files on a branch, and switches back. */
    async branch(name: string, others: Readonly<Record<string, string>>) {
      git(folder, 'checkout', '--quiet', '-b', name);
      await write(folder, others);
      commit();
      git(folder, 'checkout', '--quiet', 'main');
    },
    git: (...args: readonly string[]) => git(folder, ...args),
  };
}
