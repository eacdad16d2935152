import { describe, expect, it } from 'vitest';
import { installTemplate, oneStep } from '../end-to-end/install-template.ts';
import { contestAt, scoring } from '../end-to-end/phase-requests.ts';
import { useStack } from '../end-to-end/stack-fixture.ts';
import { sourceOf, versionRequests, zipOf } from '../end-to-end/version-requests.ts';
import { hostileZip } from './hostile-zip.ts';

/** What an organiser could reach by the code that a version runs. */
const stack = useStack({ check: 'consistency' });
const { organiserOf } = versionRequests(stack);

describe('a version that an organiser uploads', () => {
  it('gets no variables of the operator', async () => {
    const config = { workers: [{ name: 'w', type: 'docker', env: [{ key: 'TOKEN', value: 'secret-1' }] }] };
    const id = await installTemplate(stack, oneStep(['true']), {}, { id: 'ENV', config });
    const olga = await organiserOf(id);
    const failed = await olga.install(sourceOf(oneStep(['echo $TOKEN'])));
    expect([failed.state, failed.problems]).toEqual([
      'failed',
      [expect.stringContaining('only the operator')],
    ]);
    expect(JSON.stringify(failed)).not.toContain('secret-1');
  });

  it('keeps the settings of the operator, whatever files the zip has', async () => {
    const config = {
      workers: [{ name: 'small', type: 'docker', cpu: 1 }],
      workflow: [{ step: 'only', worker: 'small' }],
    };
    const id = await installTemplate(
      stack,
      oneStep(['true']),
      {},
      { id: 'KEPT', config, ignorePostproc: true },
    );
    const olga = await organiserOf(id);
    const files = sourceOf(oneStep(['echo new']));
    const odd = await olga.install({ ...files, 'flowserv.yaml': `${files['flowserv.yaml']}workers: []\n` });
    expect(odd.problems?.join()).toContain('workers');
    const { state, changes } = await olga.install(files);
    expect([state, changes]).toEqual(['installed', ['The steps of the workflow change.']]);
  });

  it('reads no file outside the zip', async () => {
    const id = await installTemplate(stack, oneStep(['true']), {}, { id: 'OUTSIDE' });
    const olga = await organiserOf(id);
    const manifests = [
      'name: B\nspecfile: ../../../../../etc/passwd\n',
      'name: B\nspecfile: template.yaml\ninstructions: /etc/hostname\n',
      'name: B\nspecfile: template.yaml\nfiles: [{source: ../source.zip}]\n',
      '!include /etc/passwd',
    ];
    for (const manifest of manifests) {
      const failed = await olga.install({ ...sourceOf(oneStep(['true'])), 'flowserv.yaml': manifest });
      expect(failed.state).toBe('failed');
      expect(JSON.stringify(failed)).not.toMatch(/root:|flowserv-install-/);
    }
    const link = hostileZip([
      { name: 'flowserv.yaml', content: 'name: B\nspecfile: t.yaml\n' },
      { name: 't.yaml', content: '/etc/passwd', mode: 0o120777 },
    ]);
    const { id: uploadId } = await olga.upload(link);
    await olga.create(uploadId);
    expect((await olga.ended(2)).problems).toEqual([expect.stringContaining('is a link')]);
  });

  it('shows nothing of a blind phase without a confirmation that names it', async () => {
    const blind = contestAt('dev', { test: ', leaderboard: organisers' });
    const id = await installTemplate(stack, scoring(), {}, { id: 'BLIND' }, blind);
    const olga = await organiserOf(id);
    const opened = sourceOf(scoring(), {}, contestAt('dev', { test: ', leaderboard: public' }));
    const { id: uploadId } = await olga.upload(await zipOf(opened));
    await olga.create(uploadId, { dryRun: true });
    expect(await olga.ended(2)).toMatchObject({ state: 'checked', confirm: ['test'] });
    for (const confirm of [[], ['other']]) {
      await olga.create(uploadId, { confirm });
      const { state, problems } = await olga.ended(2);
      expect([state, problems]).toEqual(['failed', [expect.stringContaining("'test'")]]);
    }
    await olga.create(uploadId, { confirm: ['test'] });
    expect((await olga.ended(2)).state).toBe('installed');
  });
});
