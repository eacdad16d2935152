import { afterEach, describe, expect, it } from 'vitest';
import { createEngineRunner, findEngine } from '../../../index.ts';
import { dockerInfo, type FakeResponse, startFakeEngine } from './fake-engine.ts';

let close: () => Promise<void> = async () => {};
afterEach(() => close());

async function engineOf(responses: Readonly<Record<string, FakeResponse>>) {
  const fake = await startFakeEngine(responses);
  close = fake.close;
  return { fake, engine: await findEngine({ env: { DOCKER_HOST: fake.host } }) };
}

const version = (more: object): FakeResponse => [
  200,
  { Version: '29.0.0', ApiVersion: '1.52', MinAPIVersion: '1.44', Components: null, ...more },
];

describe('an engine at DOCKER_HOST', () => {
  it('is described by its name, version and address', async () => {
    const { engine, fake } = await engineOf({});

    expect(engine).toMatchObject({
      name: 'Docker',
      version: '27.3.1',
      rootless: false,
      hostNetwork: process.platform === 'linux',
      description: `Docker 27.3.1 at ${fake.host}`,
      machine: { limits: { memory: true, processor: true, processes: true }, libpod: false },
    });
  });

  it.each([
    ['Docker Desktop', { OperatingSystem: 'Docker Desktop' }],
    ['another kernel', { KernelVersion: '6.6.12-linuxkit' }],
    ['Docker without root', { SecurityOptions: ['name=rootless'] }],
  ])('has no host network on %s', async (_, info) => {
    const { engine } = await engineOf({ 'GET /info': [200, { ...dockerInfo, ...info }] });

    expect(engine.hostNetwork).toBe(false);
    expect(() =>
      createEngineRunner({
        engine,
        workRoot: '/tmp/none',
        isolationOf: () => undefined,
        pull: 'missing',
        onProgress: () => {},
      }),
    ).toThrow(/does not share this machine's network: trusted containers need a runner of their own/);
  });

  it('is called with the oldest API version that it supports, as Docker 29 supports none before 1.44', async () => {
    const { fake } = await engineOf({ 'GET /version': version({}) });

    expect(fake.requests).toContain('GET /v1.44/info');
  });

  it('is rejected when it is too old', async () => {
    await expect(
      engineOf({ 'GET /version': version({ ApiVersion: '1.40', MinAPIVersion: '1.12' }) }),
    ).rejects.toThrow(/supports version 1.40 of the Docker API, but 1.41 is required/);
  });

  it('is rejected when its response is not that of an engine', async () => {
    await expect(engineOf({ 'GET /version': [200, { hello: 1 }] })).rejects.toThrow(
      /^no container engine responds at DOCKER_HOST=unix:.* \(its response is not that of an engine\)$/,
    );
  });

  it.each([
    ['unix:///nowhere/docker.sock', /no container engine responds at DOCKER_HOST=.*ENOENT/],
    ['tcp://192.0.2.1:2375', /over TCP, the engine must be on loopback/],
    ['ssh://user@host', /it must begin with unix:\/\/ or tcp:\/\//],
    ['docker', /it must begin with unix:\/\/ or tcp:\/\//],
  ])('is not searched for elsewhere when DOCKER_HOST is %s', async (host, message) => {
    await expect(findEngine({ env: { DOCKER_HOST: host } })).rejects.toThrow(message);
  });
});
