import { mkdirSync, writeFileSync } from 'node:fs';
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Baseline, BaselineFile } from './baseline.ts';
import { type Broker, createBroker } from './broker.ts';
import { emptyFolder } from './disk.ts';
import type { LinkSource } from './download.ts';
import type { StagingEnvironment } from './environment.ts';
import { describeFailure, failure } from './failure.ts';
import { createLayout, type Layout } from './layout.ts';
import type { FileEntry, InputsPage, LinkEntry } from './protocol.ts';
import { STEP_MODULES } from './step-modules.ts';

/**
 * Lays out the run tree and the step's script. Writes `ctl/ready` last: without it the script does not run. On
 * failure, writes the reason to `ctl/failure.json` for `warden` to report.
 *
 * @returns one line for the log of the container
 */
export async function stage(env: StagingEnvironment): Promise<string> {
  try {
    return await layOut(env);
  } catch (error) {
    const reason = describeFailure(error);
    if (reason.code === 'disk-full') await emptyFolder(env.work);
    await writeFile(join(env.ctl, 'failure.json'), JSON.stringify(reason));
    throw error;
  }
}

async function layOut(env: StagingEnvironment): Promise<string> {
  await prepareVolumes(env);
  const broker = createBroker(env);
  // One second ago and the same for all files: whatever a step writes is newer, and `make` finds nothing to do.
  const modified = new Date(Date.now() - 1_000);
  const layout = createLayout({ root: env.work, modified });
  const { page, files, links, folders } = await layOutPages(broker, layout);
  const privatePaths = files.filter((file) => file.private).map((file) => file.path);
  const removed = await layout.addLinks(links, privatePaths);
  const { step, isFollowed, keep, limits } = page;
  const warnings = removed.map((path) => `the link '${path}' was removed: it leads to a private file`);
  const others = [...folders, ...links.map(({ path }) => path)];
  const baseline: Baseline = { v: 1, step, isFollowed, keep, limits, files, others, warnings };
  await writeFile(join(env.ctl, 'tree.json'), JSON.stringify(baseline));
  writeModules(env.ctl);
  for (const [name, body] of Object.entries(page.control ?? {})) await writeFile(join(env.ctl, name), body);
  await writeFile(join(env.ctl, 'step.sh'), page.script);
  await writeFile(join(env.ctl, 'ready'), '');
  const bytes = files.reduce((sum, { size }) => sum + size, 0);
  return `staged ${files.length} files, ${bytes} bytes for attempt ${step.attempt} of step ${step.index}`;
}

/**
 * Folders of the step in `log`: one for the marker file of the script, separate so that log lines do not wake the
 * warden, and the home folder and folder for temporary files that the script uses if the image has none.
 */
const STEP_FOLDERS = ['end', 'home', 'tmp'];

async function prepareVolumes({ work, log }: StagingEnvironment): Promise<void> {
  const own = STEP_FOLDERS.map((name) => join(log, name));
  for (const folder of own) await mkdir(folder, { recursive: true });
  for (const folder of [work, log, ...own]) await chmod(folder, 0o777);
}

/** Lays out page after page, so that the links of each are used while they are fresh. */
async function layOutPages(broker: Broker, layout: Layout) {
  const files: BaselineFile[] = [];
  const links: LinkEntry[] = [];
  const folders: string[] = [];
  const addFolder = async (path: string): Promise<void> => {
    folders.push(path);
    await layout.addFolder(path);
  };
  for (let number = 0; ; ) {
    const page = await broker.inputs(number);
    for (const folder of page.folders) await addFolder(folder);
    const fileEntries: FileEntry[] = [];
    for (const entry of page.entries) {
      if (entry.type === 'folder') await addFolder(entry.path);
      else if (entry.type === 'link') links.push(entry);
      else fileEntries.push(withoutUrl(entry));
    }
    files.push(...(await layout.addFiles(fileEntries, linksOf(broker, number, page))));
    if (page.next === null) return { page, files, links, folders };
    if (page.next <= number) throw failure('protocol', 'the pages of inputs do not go forward');
    number = page.next;
  }
}

function withoutUrl({ url: _, ...entry }: FileEntry & { readonly url: string }): FileEntry {
  return entry;
}

/** Links of one page. When one fails, the page is requested again, once for all that wait for it. */
function linksOf(broker: Broker, number: number, first: InputsPage): LinkSource {
  let urls = urlsOf(first);
  let asking: Promise<void> | undefined;
  const refresh = async (): Promise<void> => {
    try {
      urls = urlsOf(await broker.inputs(number));
    } finally {
      asking = undefined;
    }
  };
  return async (path, failed) => {
    if (failed !== undefined && urls.get(path) === failed) {
      asking ??= refresh();
      await asking;
    }
    const url = urls.get(path);
    if (url === undefined) throw failure('protocol', `the link for '${path}' is missing`);
    return url;
  };
}

const urlsOf = (page: InputsPage): Map<string, string> =>
  new Map(page.entries.flatMap((entry) => (entry.type === 'file' ? [[entry.path, entry.url]] : [])));

/** Synchronous: a handful of small files, with nothing else to do meanwhile. */
function writeModules(folder: string): void {
  for (const [path, source] of Object.entries(STEP_MODULES)) {
    mkdirSync(join(folder, dirname(path)), { recursive: true });
    writeFileSync(join(folder, path), source);
  }
}
