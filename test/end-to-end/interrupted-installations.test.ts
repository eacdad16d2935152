import { describe, expect, it } from 'vitest';
import { createInstallation } from '../../shared/installations/create.ts';
import { readInstallation } from '../../shared/installations/request.ts';
import { workOnInstallation } from '../../shared/installations/work.ts';
import { sweep } from '../../shared/maintenance/sweep.ts';
import type { Services } from '../../shared/services/services.ts';
import { keys } from '../../shared/store/keys.ts';
import { removeWorkflow } from '../../shared/workflows/remove.ts';
import { findWorkflow } from '../../shared/workflows/workflow.ts';
import { storedNames } from './consistency.ts';
import { dyingProcess, muteDeaths } from './dying-process.ts';
import { installTemplate } from './install-template.ts';
import { servicesOf } from './own-function.ts';
import { purged } from './purged.ts';
import { scoring } from './rescore-requests.ts';
import { poll } from './running-stack.ts';
import { useStack } from './stack-fixture.ts';
import { sourceOf, versionRequests, zipOf } from './version-requests.ts';

/** The work of the functions is done here with their own keys, so that it can be interrupted. */
const stack = useStack({ check: 'consistency' });
muteDeaths();
const { organiserOf } = versionRequests(stack);

const later = (services: Services, minutes: number): Services => ({
  ...services,
  now: () => new Date(Date.now() + minutes * 60_000),
});

/** Documents of versions that are larger than an item, so that they are objects. */
const large = (factor: number) =>
  scoring(factor).replace('commands:', `commands:${`\n        - "true ${'x'.repeat(60_000)}"`.repeat(2)}`);

type Organiser = Awaited<ReturnType<typeof organiserOf>>;

/** Uploads a source and requests its installation; the message that begins it is lost. */
async function requested(id: string, organiser: Organiser, factor: number): Promise<void> {
  const zip = await zipOf(sourceOf(large(factor), { 'a.txt': `factor ${factor}` }));
  const { id: sourceId } = await organiser.upload(zip);
  const { services } = stack;
  const silent = { ...services, messages: { ...services.messages, install: async () => {} } };
  const actor = { id: organiser.userId, name: organiser.name };
  const wanted = { sourceId, dryRun: false, confirm: [] };
  await createInstallation(silent, actor, await findWorkflow(services, id), wanted);
}

/** Ids of the versions whose files are stored. */
const versionsWithFiles = async (id: string): Promise<string[]> => {
  const names = (await storedNames(stack.services)).filter((name) => name.includes(`w/${id}/static/`));
  return [...new Set(names.map((name) => name.split('/static/')[1]?.split('/')[0] ?? ''))].toSorted();
};
const versionIds = async (id: string): Promise<string[]> =>
  (await stack.request('GET', `/workflows/${id}/versions`)).json.versions
    .map((version: { id: string }) => version.id)
    .toSorted();

describe('an installation that is interrupted', () => {
  it('is done once, and leaves no other files, whichever write was the last', async () => {
    const id = await installTemplate(stack, large(1), { 'a.txt': 'a' }, { id: 'DYING' });
    const olga = await organiserOf(id);
    const install = servicesOf(stack, 'install');
    let isDead = true;
    let write = 0;
    for (; isDead; write += 1) {
      const { number } = await findWorkflow(stack.services, id);
      await requested(id, olga, write + 2);
      const attempt = dyingProcess(install, write);
      await workOnInstallation(attempt.services, id).catch(() => {});
      isDead = attempt.died();
      // Within its lease no other attempt begins.
      if ((await readInstallation(install, id))?.state === 'installing')
        await workOnInstallation(install, id);
      await workOnInstallation(later(install, 17), id);
      expect(await readInstallation(install, id)).toMatchObject({ state: 'installed', number: number + 1 });
      expect((await findWorkflow(stack.services, id)).number).toBe(number + 1);
      expect(await stack.services.table.list(keys.stagedVersions(id))).toEqual([]);
      expect(await versionsWithFiles(id)).toEqual(await versionIds(id));
    }
    expect(write).toBeGreaterThan(8);
  });

  it('is given up after three attempts, and leaves nothing', async () => {
    const id = await installTemplate(stack, large(1), {}, { id: 'FAILING' });
    const olga = await organiserOf(id);
    await requested(id, olga, 2);
    const install = servicesOf(stack, 'install');
    const broken: Services = {
      ...install,
      objects: { ...install.objects, writeFile: () => Promise.reject(new Error('no connection')) },
    };
    for (let attempt = 1; attempt <= 3; attempt += 1) {
      // The alarm of the function tells the operator.
      await expect(workOnInstallation(broken, id)).rejects.toThrow('no connection');
      expect(await readInstallation(install, id)).toMatchObject({ state: 'installing', attempts: attempt });
    }
    await workOnInstallation(broken, id);
    const { state, problems } = (await olga.request('GET', '/versions/2')).json;
    expect([state, problems]).toEqual(['failed', [expect.stringContaining('three attempts')]]);
    expect(await versionsWithFiles(id)).toEqual(await versionIds(id));
    expect(await stack.services.table.list(keys.sources(id))).toEqual([]);
    // Another request begins anew.
    await requested(id, olga, 3);
    await workOnInstallation(install, id);
    expect((await findWorkflow(stack.services, id)).number).toBe(2);
  });

  it('begins by the sweep if its message is lost, and the sweep removes zips that nobody uses', async () => {
    const id = await installTemplate(stack, large(1), {}, { id: 'SWEPT' });
    const olga = await organiserOf(id);
    await requested(id, olga, 2);
    await sweep(later(servicesOf(stack, 'sweep'), 3));
    expect((await olga.ended(2)).state).toBe('installed');
    await olga.upload(await zipOf(sourceOf(large(3))));
    await olga.request('POST', '/sources', { size: 1, sha256: '0'.repeat(64) });
    await poll(async () => {
      await sweep(later(servicesOf(stack, 'sweep'), 25 * 60));
      return (await stack.services.table.list(keys.sources(id))).length === 0 ? true : undefined;
    }, 'zips are left');
    expect((await storedNames(stack.services)).filter((name) => name.includes(`w/${id}/sources`))).toEqual(
      [],
    );
  });

  it('ends with its workflow, and leaves no zip', async () => {
    const id = await installTemplate(stack, scoring(1), {}, { id: 'GONE' });
    const olga = await organiserOf(id);
    await requested(id, olga, 2);
    const { json } = await olga.request('POST', '/sources', { size: 1, sha256: '0'.repeat(64) });
    await removeWorkflow(stack.services, id, 'now');
    await workOnInstallation(servicesOf(stack, 'install'), id);
    await purged(stack.services, keys.workflow(id));
    const left = (await storedNames(stack.services)).filter((name) => name.includes(`w/${id}/`));
    expect(left).toEqual([]);
    const late = await fetch(json.parts[0].url, { method: 'PUT', body: 'x' });
    expect(late.status).toBe(404);
  });
});
