import { openAsBlob } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from '../../../shared/client/client.ts';
import { digestOf } from '../../../shared/client/local-files.ts';
import { withZip } from '../../session/zip-folder.ts';
import { type Check, hold } from '../check.ts';

const MIB = 1024 * 1024;
/** More than the disk that a function has by default. */
const AWS_BYTES = 600 * MIB;
const POLL_MS = 2_000;

const manifest = 'name: Version\nspecfile: template.yaml\n';
const template = (image: string) =>
  `workflow:\n  steps:\n    - {name: s, action: {environment: '${image}', commands: ['true']}}\n`;

const uploaded: Check = {
  id: 'version-uploaded',
  title: 'an organiser installs a version from a zip',
  proves:
    'the function `install` reads the zip, has the disk to unpack it, registers images, and creates a state machine with its role',
  needs: [],
  minutes: 15,
  async run({ person, installFiles, operator, target, stamp }) {
    const { client, name } = await person('one');
    const files = { 'flowserv.yaml': manifest, 'template.yaml': template('public.ecr.aws/x/first:1') };
    const workflow = await installFiles('version', files);
    await operator.giveRole(workflow, name, 'organiser');
    const folder = await mkdtemp(join(tmpdir(), 'flowserv-verify-version-'));
    try {
      await writeFile(join(folder, 'flowserv.yaml'), manifest);
      await writeFile(join(folder, 'template.yaml'), template(`public.ecr.aws/x/second:${stamp}`));
      const bytes = target.isLocal ? MIB : AWS_BYTES;
      await writeFile(join(folder, 'zeros.bin'), Buffer.alloc(bytes));
      const since = Date.now();
      const { state, problems } = await withZip(folder, (path) => install(client, workflow, path));
      const seen = { state, problems, bytes, seconds: Math.round((Date.now() - since) / 1000) };
      hold(state === 'installed', 'the version is not installed', seen);
      return seen;
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  },
};

async function install({ workflows }: Client, workflow: string, path: string) {
  const { id } = await workflows.uploadSource(workflow, await openAsBlob(path), await digestOf(path));
  const { number } = await workflows.installVersion(workflow, id);
  for (;;) {
    const version = await workflows.findVersion(workflow, number);
    if (version.state !== 'waiting' && version.state !== 'installing') return version;
    await sleep(POLL_MS);
  }
}

/** Checks of what organisers install. */
export const versionChecks: readonly Check[] = [uploaded];
