import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createImages } from '../../../ecs/engine/images.ts';
import { dockerLogins } from '../../../ecs/engine/registry-login.ts';
import { findEngine } from '../../../index.ts';
import { type FakeResponse, startFakeEngine } from './fake-engine.ts';

const ID = `sha256:${'1'.repeat(64)}`;
const DIGEST = `sha256:${'2'.repeat(64)}`;
const NAME = 'registry.example/app:1';
const image = {
  Id: ID,
  Os: 'linux',
  Architecture: 'amd64',
  RepoDigests: [`other.example/app@sha256:${'3'.repeat(64)}`, `registry.example/app@${DIGEST}`],
};

let folder: string;
let close: () => Promise<void> = async () => {};
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'local-images-'));
});
afterEach(async () => {
  await close();
  await rm(folder, { recursive: true, force: true });
});

async function imagesOf(
  responses: Readonly<Record<string, FakeResponse>>,
  pull: 'missing' | 'always' = 'missing',
) {
  const fake = await startFakeEngine(responses);
  close = fake.close;
  const engine = await findEngine({ env: { DOCKER_HOST: fake.host } });
  const lines: string[] = [];
  const login = dockerLogins({ HOME: folder, PATH: `${folder}:${process.env.PATH}` });
  return {
    fake,
    lines,
    images: createImages({ engine, pull, login, onProgress: (line) => lines.push(line) }),
  };
}

const pullOf = (...lines: readonly unknown[]): Record<string, FakeResponse> => ({
  'POST /images/create': [200, lines],
});
const present = { [`GET /images/${NAME}/json`]: [200, image] as FakeResponse };
const pulls = (requests: readonly string[]) => requests.filter((each) => each.includes('/images/create'));

describe('an image', () => {
  it('is not pulled when the engine already has it, and has the digest of its own repository', async () => {
    const { images, fake, lines } = await imagesOf(present);

    expect(await images.provide(NAME, 'X86_64')).toEqual({ id: ID, digest: DIGEST });
    expect(pulls(fake.requests)).toEqual([]);
    expect(lines).toEqual([]);
  });

  it('has its id as the digest when no registry has it', async () => {
    const { images } = await imagesOf({ [`GET /images/${NAME}/json`]: [200, { ...image, RepoDigests: [] }] });

    expect(await images.provide(NAME, 'X86_64')).toEqual({ id: ID, digest: ID });
  });

  it('fails when the registry is silent for longer than the caller allows', async () => {
    const { images } = await imagesOf({ 'POST /images/create': [0] });

    await expect(images.provide(NAME, 'X86_64', { responseTimeoutMs: 100 })).rejects.toThrow(
      `failed to resolve ref ${NAME}: the registry did not respond for 0.1 seconds`,
    );
  });

  it('is pulled once for several tasks at the same time, for the platform of the task', async () => {
    const { images, fake, lines } = await imagesOf(
      { ...present, ...pullOf({ status: 'Pull complete' }) },
      'always',
    );
    await Promise.all(Array.from({ length: 5 }, () => images.provide(NAME, 'X86_64')));

    expect(pulls(fake.requests)).toEqual([
      'POST /v1.41/images/create?fromImage=registry.example%2Fapp%3A1&platform=linux%2Famd64',
    ]);
    expect(lines).toEqual([
      `pulling image ${NAME}`,
      expect.stringMatching(/^pulled image registry.example\/app:1 in/),
    ]);
  });

  it.each([
    [
      'manifest for registry.example/app:1 not found: manifest unknown: manifest unknown',
      `failed to resolve ref ${NAME}: ${NAME}: not found`,
    ],
    [
      'denied: requested access to the resource is denied',
      `failed to resolve ref ${NAME}: pull access denied, repository does not exist or may require authorization: ` +
        'denied: requested access to the resource is denied',
    ],
    [
      'Get "https://registry.example/v2/": dial tcp: lookup registry.example: no such host',
      `failed to resolve ref ${NAME}: Get "https://registry.example/v2/": dial tcp: lookup registry.example: no such host`,
    ],
    [
      'no matching manifest for linux/amd64 in the manifest list entries',
      "image Manifest does not contain descriptor matching platform 'linux/amd64'",
    ],
  ])(
    'fails with the wording of Fargate when the pull fails after the response began: %s',
    async (said, message) => {
      const { images } = await imagesOf(
        pullOf({ status: 'Pulling from app', id: '1' }, { errorDetail: { message: said }, error: said }),
      );

      await expect(images.provide(NAME, 'X86_64')).rejects.toMatchObject({
        name: 'CannotPullContainerError',
        message,
      });
    },
  );

  it('fails after its pull when it is for another platform', async () => {
    const { images } = await imagesOf({ ...present, ...pullOf({ status: 'Pull complete' }) });

    await expect(images.provide(NAME, 'ARM64')).rejects.toThrow(
      "image Manifest does not contain descriptor matching platform 'linux/arm64'",
    );
  });

  it('is rejected before any call to the engine when its name has another meaning in the API', async () => {
    const { images, fake } = await imagesOf({});

    await expect(images.provide('../containers/prune', 'X86_64')).rejects.toThrow('invalid reference format');
    await expect(images.provide('app?x=1', 'X86_64')).rejects.toThrow('invalid reference format');
    await expect(images.provide('app/../../containers', 'X86_64')).rejects.toThrow(
      'invalid reference format',
    );
    // In linear time.
    await expect(images.provide(`${'a'.repeat(400)}!`, 'X86_64')).rejects.toThrow('invalid reference format');
    expect(fake.requests.filter((each) => each.includes('/images'))).toEqual([]);
  });
});

describe('the login of Docker', () => {
  const auth = (header: string | undefined) => JSON.parse(Buffer.from(header ?? '', 'base64url').toString());
  const writeConfig = async (config: unknown) => {
    await mkdir(join(folder, '.docker'));
    await writeFile(join(folder, '.docker', 'config.json'), JSON.stringify(config));
  };
  const pullOnce = async (name = NAME) => {
    const { images, fake } = await imagesOf(
      { ...pullOf({}), [`GET /images/${name}/json`]: [200, image] },
      'always',
    );
    await images.provide(name, 'X86_64');
    return fake.header('/images/create', 'x-registry-auth');
  };

  it('is sent with a pull from its registry, and with no other', async () => {
    const pair = Buffer.from('anna:a:secret').toString('base64');
    await writeConfig({
      auths: { 'registry.example': { auth: pair }, 'https://index.docker.io/v1/': { auth: pair } },
    });

    expect(auth(await pullOnce())).toEqual({
      username: 'anna',
      password: 'a:secret',
      serveraddress: 'registry.example',
    });
    await close();
    expect(await pullOnce('other.example/app:1')).toBeUndefined();
    await close();
    expect(auth(await pullOnce('docker.io/library/app:1'))).toMatchObject({ username: 'anna' });
  });

  it('is read from a credential helper if one is configured', async () => {
    await writeConfig({ credHelpers: { 'registry.example': 'test' } });
    const helper =
      '#!/bin/sh\nread -r server\necho "{\\"Username\\":\\"of $server\\",\\"Secret\\":\\"word\\"}"\n';
    await writeFile(join(folder, 'docker-credential-test'), helper, { mode: 0o755 });

    expect(auth(await pullOnce())).toMatchObject({ username: 'of registry.example', password: 'word' });
  });

  it('is omitted when its file cannot be read', async () => {
    await mkdir(join(folder, '.docker'));
    await writeFile(join(folder, '.docker', 'config.json'), '{');

    expect(await pullOnce()).toBeUndefined();
  });
});
