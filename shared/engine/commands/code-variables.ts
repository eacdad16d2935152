import { type Check, hasText } from './check.ts';
import type { ShellWord } from './shell-text.ts';

/** Environment variables from which shells, loaders, languages and programs take code or options. */
const LISTED = new Set([
  ...['PATH', 'ENV', 'BASH_ENV', 'SHELL', 'SHELLOPTS', 'BASHOPTS', 'IFS', 'PS4', 'PROMPT_COMMAND', 'HOME'],
  ...['EDITOR', 'VISUAL', 'PAGER', 'MANPAGER', 'BROWSER', 'LESSOPEN', 'LESSCLOSE', 'CLASSPATH', 'MAKEFLAGS'],
  ...['TAR_OPTIONS', 'RSYNC_RSH', 'CC', 'CXX', 'JAVA_OPTS', 'MAVEN_OPTS', 'GRADLE_OPTS', 'SBT_OPTS'],
  ...['JAVA_TOOL_OPTIONS', 'JDK_JAVA_OPTIONS', '_JAVA_OPTIONS', 'PERLLIB', 'XDG_CONFIG_HOME', 'GCONV_PATH'],
]);
const FAMILIES = /^(?:LD_|DYLD_|PYTHON|PERL5|RUBY|NODE_|LUA_|GIT_|R_|JULIA_|OCTAVE_)/;

/** Whether programs run what this variable names. */
function isCodeVariable(name: string): boolean {
  return LISTED.has(name) || FAMILIES.test(name);
}

/** @throws FlowservError created by `check.refuse` for free text in such a variable. */
export function checkAssignments(words: readonly ShellWord[], check: Check): void {
  for (const word of words) {
    const name = /^(\w+)\+?=/.exec(word.shape)?.[1];
    if (name !== undefined && hasText(word) && isCodeVariable(name)) {
      throw check.refuse(`programs run what the variable ${name} names`, 'use a variable of another name');
    }
  }
}
