import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ExpandedCommand } from '../../../shared/engine/commands/commands.ts';

/** `/bin/sh`, and bash if the host has it: the `/bin/sh` of images differs. */
export const SHELLS = ['/bin/sh', '/bin/bash'].filter((shell) => existsSync(shell));

/** Stand-ins for programs: each prints its own name and its arguments, followed by a mark. */
const PROGRAMS = ['args', 'python', 'HOME'];
const END = '\u0001end';

/**
 * Runs expanded commands one after the other in one shell, in an empty folder.
 *
 * @returns For each command the calls of `args` and the other stand-ins: program name and arguments.
 * @throws Error if a command left a file behind, which reveals an injected command.
 */
export function callsOf(shell: string, commands: readonly ExpandedCommand[]): string[][][] {
  const folder = mkdtempSync(join(tmpdir(), 'flowserv-shell-'));
  try {
    const functions = PROGRAMS.map((name) => `${name}() { printf '%s\\0' ${name} "$@" '${END}'; }\n`);
    const lines = commands.map(({ text, variables }) => {
      const values = [...variables].map(([name, value]) => `${name}=${quoted(value)}\n`);
      return `${values.join('')}${text}\nprintf '%s\\0' '${END}${END}'\n`;
    });
    const script = join(folder, 'script');
    writeFileSync(script, functions.join('') + lines.join(''));
    const work = join(folder, 'work');
    mkdirSync(work);
    const output = execFileSync(shell, [script], { cwd: work, maxBuffer: 64 * 1024 * 1024 }).toString();
    if (readdirSync(work).length > 0) {
      throw new Error(`a command was injected: ${readdirSync(work).join(', ')}`);
    }
    return split(output.split('\0'), `${END}${END}`).map((calls) => split(calls, END));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Splits a list at a mark that ends each part. */
function split(list: readonly string[], mark: string): string[][] {
  const parts: string[][] = [];
  let part: string[] = [];
  for (const entry of list) {
    if (entry === mark) {
      parts.push(part);
      part = [];
    } else {
      part.push(entry);
    }
  }
  return parts;
}

function quoted(value: string): string {
  return `'${value.replaceAll("'", `'\\''`)}'`;
}
