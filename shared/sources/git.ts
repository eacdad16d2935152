import { execFile } from 'node:child_process';
import { invalid } from '../errors.ts';

export interface CloneOptions {
  /** Branch or tag; by default the repository's default branch. */
  readonly branch?: string | undefined;
  readonly timeoutSeconds: number;
}

/** Maximum length of git's output; an error message has only a few lines. */
const MAX_OUTPUT = 1024 * 1024;

/**
 * Settings for an unattended clone: no prompts, neither on a terminal nor in a window, and only protocols that cannot
 * run a program that the address chooses (git documentation, GIT_ALLOW_PROTOCOL). The operator's credential helpers
 * and keys work as usual.
 */
const UNATTENDED = {
  GIT_TERMINAL_PROMPT: '0',
  GIT_ASKPASS: '',
  SSH_ASKPASS: '',
  GCM_INTERACTIVE: 'never',
  GIT_ALLOW_PROTOCOL: 'file:git:http:https:ssh',
  LC_ALL: 'C',
};
const CONFIGURATION = [
  '-c',
  'core.askPass=',
  '-c',
  'core.hooksPath=/dev/null',
  '-c',
  'advice.detachedHead=false',
];

/**
 * Clones the newest commit of a repository. Does not fetch submodules, because the repository chooses their addresses;
 * a source that needs one is rejected.
 *
 * @param url address as git accepts it: `https://…`, `ssh://…`, `user@host:path`, `git://…` or `file://…`.
 * @param folder folder that does not exist yet, or is empty.
 * @throws FlowservError 400 `source.clone` if git is not installed, the repository cannot be read without a prompt, or
 *   cloning takes too long. No message contains the credentials of the address.
 */
export async function cloneRepository(url: string, folder: string, options: CloneOptions): Promise<void> {
  const branch = options.branch === undefined ? [] : ['--branch', options.branch];
  const clone = (...depth: readonly string[]) =>
    runGit(
      [...CONFIGURATION, 'clone', '--quiet', '--no-local', ...depth, ...branch, '--', url, folder],
      options,
    );
  let failure = await clone('--depth=1');
  // Repositories served as plain files by a web server do not support shallow clones.
  if (failure?.includes('does not support shallow')) failure = await clone();
  if (failure !== undefined)
    throw invalid('source.clone', `cannot clone '${withoutCredentials(url)}': ${failure}`);
}

/** Returns an address without credentials, for messages. */
export const withoutCredentials = (text: string): string => text.replaceAll(/\/\/[^\s/@]*@/g, '//');

/** Runs git; returns the reason if it fails. */
function runGit(args: readonly string[], { timeoutSeconds }: CloneOptions): Promise<string | undefined> {
  // Variables such as GIT_DIR, which hooks set, would point git to another repository.
  const inherited = Object.entries(process.env).filter(
    ([name]) => !/^GIT_(DIR|WORK_TREE|INDEX_FILE)$/.test(name),
  );
  const env = {
    GIT_SSH_COMMAND: 'ssh -o BatchMode=yes',
    ...Object.fromEntries(inherited),
    ...UNATTENDED,
  };
  return new Promise((resolve) => {
    const settings = { env, timeout: timeoutSeconds * 1000, maxBuffer: MAX_OUTPUT };
    execFile('git', args, settings, (error, _output, messages) => {
      if (!error) resolve(undefined);
      else if (error.code === 'ENOENT') resolve("the program 'git' is not installed");
      else if (error.killed) resolve(`it took longer than ${timeoutSeconds} seconds`);
      else resolve(lastWords(messages) || error.message);
    });
  });
}

/** Returns git's message as one line. */
function lastWords(messages: string): string {
  const lines = messages.split('\n').map((line) => line.trim());
  const fatal = lines.filter((line) => /^(fatal|error|remote): /.test(line));
  return withoutCredentials((fatal.length > 0 ? fatal : lines).filter(Boolean).join('; ')).slice(0, 1000);
}
