import { realpathSync, statSync } from 'node:fs';
import { delimiter, isAbsolute } from 'node:path';

/** The runners, from the most similar to AWS to the least protected. */
export const runnerNames = ['engine', 'sandbox', 'process'] as const;
export type RunnerName = (typeof runnerNames)[number];
export type RunnerSetting = 'auto' | RunnerName;

export const runnerSettings: readonly RunnerSetting[] = ['auto', ...runnerNames];

/**
 * Parses the setting `FLOWSERV_RUNNER`; `auto` by default.
 *
 * @throws Error with a sentence that names the choices
 */
export function parseRunnerSetting(text: string | undefined): RunnerSetting {
  const wanted = text || 'auto';
  const setting = runnerSettings.find((each) => each === wanted);
  if (setting) return setting;
  throw new Error(`FLOWSERV_RUNNER is '${wanted}'; choose among ${runnerSettings.join(', ')}`);
}

/**
 * Parses the setting `FLOWSERV_IMAGE_PULL`: whether an engine checks for newer images than it has; `missing` by
 * default.
 *
 * @throws Error with a sentence that names the choices
 */
export function parseImagePull(text: string | undefined): 'missing' | 'always' {
  const wanted = text || 'missing';
  if (wanted === 'missing' || wanted === 'always') return wanted;
  throw new Error(`FLOWSERV_IMAGE_PULL is '${wanted}'; choose missing or always`);
}

/**
 * Parses the setting `FLOWSERV_TASK_NETWORK`: whether the containers of a task share a network of their own, or each
 * container has one; `container` by default.
 *
 * @param runner the setting `FLOWSERV_RUNNER`
 * @throws Error with a sentence that names the choices, or the runner that can do it
 */
export function parseTaskNetwork(text: string | undefined, runner: RunnerSetting): 'container' | 'task' {
  const wanted = text || 'container';
  if (wanted !== 'container' && wanted !== 'task')
    throw new Error(`FLOWSERV_TASK_NETWORK is '${wanted}'; choose container or task`);
  if (wanted === 'task' && runner !== 'engine')
    throw new Error('FLOWSERV_TASK_NETWORK=task needs a container engine; set FLOWSERV_RUNNER=engine');
  return wanted;
}

/**
 * Parses the setting `FLOWSERV_SANDBOX_FOLDERS`: folders, separated by colons.
 *
 * @throws Error whose message names the first folder that a sandbox cannot show
 */
export function parseSandboxFolders(text = ''): string[] {
  const folders = text.split(delimiter).filter((folder) => folder !== '');
  for (const folder of folders) {
    const problem = problemOf(folder);
    if (problem) throw new Error(`FLOWSERV_SANDBOX_FOLDERS names '${folder}', which ${problem}`);
  }
  return folders;
}

function problemOf(folder: string): string | undefined {
  if (!isAbsolute(folder)) return 'does not begin with /';
  if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory()) return 'is not a folder';
  if (realpathSync(folder) === '/') return 'would show the whole host: name the folders of the programs';
  return undefined;
}
