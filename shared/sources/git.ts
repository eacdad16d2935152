import { execFile } from 'node:child_process';
import { invalid } from '../errors.ts';

export interface CloneOptions {
  /** Branch or tag; the repository's default branch when absent. */
  readonly branch?: string | undefined;
  readonly timeoutSeconds: number;
}

/** What git writes when it fails is a few lines. */
const MAX_OUTPUT = 1024 * 1024;

/**
 * Settings for a clone that nobody watches: no question is asked, on no terminal and in no window, and only
 * protocols are spoken that run no program of the address's choice (git documentation, GIT_ALLOW_PROTOCOL).
 * Credential helpers and keys of the operator work as ever.
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
 * Clones the newest commit of a repository. Submodules are not fetched, for their addresses are the repository's choice;
 * a source that needs one is refused.
 *
 * @param url as git takes it: `https://…`, `ssh://…`, `user@host:path`, `git://…` or `file://…`.
 * @param folder that does not exist yet, or is empty.
 * @throws FlowservError 400 `source.clone` when there is no git, the repository cannot be read without a
 * question, or it takes too long; no message holds the credentials of the address.
 */
export async function cloneRepository(url: string, folder: string, options: CloneOptions): Promise<void> {
  const branch = options.branch === undefined ? [] : ['--branch', options.branch];
  const clone = (...depth: readonly string[]) =>
    runGit(
      [...CONFIGURATION, 'clone', '--quiet', '--no-local', ...depth, ...branch, '--', url, folder],
      options,
    );
  let failure = await clone('--depth=1');
  // Repositories that are plain files on a web server have no parts of a history.
  if (failure?.includes('does not support shallow')) failure = await clone();
  if (failure !== undefined)
    throw invalid('source.clone', `cannot clone '${withoutCredentials(url)}': ${failure}`);
}

/** An address as it may be shown. */
export const withoutCredentials = (text: string): string => text.replaceAll(/\/\/[^\s/@]*@/g, '//');

/** Runs git; returns why it failed, if it did. */
function runGit(args: readonly string[], { timeoutSeconds }: CloneOptions): Promise<string | undefined> {
  // Variables such as GIT_DIR, which a hook sets, would point git to another repository.
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

/** What git said, as one line. */
function lastWords(messages: string): string {
  const lines = messages.split('\n').map((line) => line.trim());
  const fatal = lines.filter((line) => /^(fatal|error|remote): /.test(line));
  return withoutCredentials((fatal.length > 0 ? fatal : lines).filter(Boolean).join('; ')).slice(0, 1000);
}
