import { spawnSync } from 'node:child_process';
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import * as z from 'zod';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
/** The Python module that steps import to read the ranked runs; it is on the module path of every step. */
const PYTHON_MODULES = join(ROOT, 'shared/engine/python');

const workflow = z.object({
  parameters: z.record(z.string(), z.union([z.string(), z.number()])),
  steps: z.array(z.object({ name: z.string(), action: z.object({ commands: z.array(z.string()) }) })),
});
const template = z.object({ workflow, postproc: z.object({ workflow }).optional() });

const made: string[] = [];

/** For `afterEach`: removes the folders that the test created. */
export async function removeRunFolders(): Promise<void> {
  await Promise.all(made.splice(0).map((folder) => rm(folder, { recursive: true })));
}

/** A folder of the product, e.g. `examples/hello-world`. */
export const folderOf = (path: string) => join(ROOT, path);

/**
 * Creates a run folder with a benchmark's files, and returns functions that run its steps. The commands run in
 * `/bin/sh` exactly as in the template, with the workflow's variables as shell variables. References take the values of
 * `given`.
 */
export async function prepareRun(
  benchmark: string,
  templateFile: string,
  given: Readonly<Record<string, string>>,
) {
  const folder = await mkdtemp(join(tmpdir(), 'flowserv-run-'));
  made.push(folder);
  await cp(folderOf(benchmark), folder, { recursive: true });
  const document = template.parse(parse(await readFile(join(folder, templateFile), 'utf8')));
  const runSteps = (steps: z.infer<typeof workflow>) => {
    const variables = Object.entries(steps.parameters).map(([name, value]) => {
      const [, parameter] = /^\$\[\[(\w+)\]\]$/.exec(String(value)) ?? [];
      return [name, parameter === undefined ? String(value) : (given[parameter] ?? '')];
    });
    const env = {
      PATH: process.env.PATH,
      PYTHONPATH: PYTHON_MODULES,
      PYTHONDONTWRITEBYTECODE: '1',
      python: 'python3',
    };
    for (const command of steps.steps.flatMap((step) => step.action.commands)) {
      const child = spawnSync('/bin/sh', ['-c', command], {
        cwd: folder,
        env: { ...env, ...Object.fromEntries(variables) },
        encoding: 'utf8',
      });
      if (child.status !== 0) return { code: child.status, stderr: child.stderr };
    }
    return { code: 0, stderr: '' };
  };
  return {
    write: async (path: string, text: string) => {
      await mkdir(dirname(join(folder, path)), { recursive: true });
      await writeFile(join(folder, path), text);
    },
    read: (path: string) => readFile(join(folder, path), 'utf8'),
    json: async (path: string): Promise<unknown> => JSON.parse(await readFile(join(folder, path), 'utf8')),
    run: () => runSteps(document.workflow),
    compare: () => runSteps(z.object({ workflow }).parse(document.postproc).workflow),
  };
}

/** Writes ranked runs below `runs/`, as in a post-processing run. */
export async function layOutRuns(
  write: (path: string, text: string) => Promise<void>,
  runs: readonly { id: string; name: string; analytics: string }[],
): Promise<void> {
  const files = ['results/analytics.json'];
  const list = runs.map(({ id, name, analytics }) => ({ id, name, files, results: JSON.parse(analytics) }));
  await write('runs/runs.json', JSON.stringify(list));
  for (const { id, analytics } of runs) await write(`runs/${id}/results/analytics.json`, analytics);
}
