import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { FileAccess } from '../../shared/template/file-access.ts';
import type { InstallOptions } from '../../shared/workflows/create.ts';
import type { RunningStack } from './running-stack.ts';

/** Text of a static file, with its access. */
type FileText = string | { readonly text: string; readonly access: FileAccess };

/**
 * Installs a workflow from the text of its template and its static files; returns its id.
 *
 * @param settings further lines of the manifest
 */
export async function installTemplate(
  stack: Pick<RunningStack, 'install'>,
  template: string,
  files: Readonly<Record<string, FileText>> = {},
  options: InstallOptions = {},
  settings = '',
): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'flowserv-template-'));
  try {
    const sources = Object.entries(files).map(([path, file]) => {
      const access = typeof file === 'string' ? '' : `    access: ${file.access}\n`;
      return `  - source: ${path}\n${access}`;
    });
    const manifest = `name: ${options.id ?? 'Workflow'}\nspecfile: template.yaml\nfiles:${sources.length > 0 ? `\n${sources.join('')}` : ' []\n'}${settings}`;
    const all: Record<string, FileText> = { ...files, 'template.yaml': template, 'flowserv.yaml': manifest };
    for (const [path, file] of Object.entries(all)) {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), typeof file === 'string' ? file : file.text);
    }
    return await stack.install(folder, options);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Results section: a leaderboard of the scores in `result.json`. */
export const SCORES = `results:
  file: result.json
  schema:
    - {name: score, label: Score, dtype: float}
`;

/** Post-processing that concatenates all results. */
export const ALL_RESULTS = `postproc:
  workflow:
    files: {outputs: [all.txt]}
    steps:
      - name: list
        action: {environment: 'python:3.9', commands: ['cat runs/*/result.json > all.txt']}
  inputs: {files: [result.json], runs: runs/}
`;

/** Returns a template with one step of these commands, and with more sections. */
export function oneStep(commands: readonly string[], more = '', outputs: readonly string[] = []): string {
  const list = (texts: readonly string[]) =>
    texts.map((text) => `\n        - ${JSON.stringify(text)}`).join('');
  return `workflow:
  files:
    outputs: ${JSON.stringify(outputs)}
  steps:
    - name: only
      action:
        environment: python:3.9
        commands:${list(commands)}
${more}`;
}

/** A template whose step sleeps for `pause` seconds, by default none, and has the score 1. */
export const PAUSE_AND_SCORE = oneStep(
  ['sleep $[[pause]]', `echo '{"score": 1}' > result.json`],
  `parameters:
  - {name: pause, dtype: int, defaultValue: 0}
${SCORES}`,
  ['result.json'],
);

/** Returns the text of a run's file, by its name in the handle. */
export async function resultText(
  stack: RunningStack,
  run: { readonly id: string; readonly files: readonly { readonly id: string; readonly name: string }[] },
  name: string,
): Promise<string> {
  const file = run.files.find((candidate) => candidate.name === name);
  return (await stack.request('GET', `/runs/${run.id}/downloads/files/${file?.id}`)).text;
}

/** Uploads a file to a group and returns the value of a file argument. */
export async function fileArgument(
  stack: RunningStack,
  group: string,
  token: string,
  content: string,
  targetPath?: string,
) {
  const { json } = await stack.upload(group, token, 'file.txt', content);
  return { type: '$file', value: { fileId: json.id, ...(targetPath ? { targetPath } : {}) } };
}

/** Starts a run with arguments by name; returns the full response. */
export function start(
  stack: RunningStack,
  group: string,
  token: string,
  values: Readonly<Record<string, unknown>> = {},
) {
  const list = Object.entries(values).map(([name, value]) => ({ name, value }));
  return stack.request('POST', `/groups/${group}/runs`, { token, body: { arguments: list } });
}
