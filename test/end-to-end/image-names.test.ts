import type { RegisterTaskDefinitionCommandInput } from '@aws-sdk/client-ecs';
import { beforeAll, describe, expect, it } from 'vitest';
import { settleRun } from '../../shared/runs/settle.ts';
import { nextStep } from '../../shared/runs/steps/next-step.ts';
import type { Services } from '../../shared/services/services.ts';
import { installTemplate } from './install-template.ts';
import { admittedRun, started, stepsOf, stopped } from './played-run.ts';
import { useStack } from './stack-fixture.ts';

/** A step whose image an argument chooses, in `next-step` with different image settings. */
const stack = useStack();
let alice: { id: string; token: string };
let group: string;

beforeAll(async () => {
  alice = await stack.user('alice');
  const template = `
parameters:
  - {name: action, dtype: actor, label: Action}
workflow:
  steps:
    - {name: only, action: '$[[action]]'}
`;
  group = await stack.group(await installTemplate(stack, template), alice.token, 'Group');
});

const runOf = (environment: string) =>
  admittedRun(stack, group, { action: { environment, commands: ['true'] } });

/** The stack's services with different image settings, and a record of their registrations. */
function withImages(change: Partial<Services['config']['compute']>) {
  const { config, taskRegistry } = stack.services;
  const registered: RegisterTaskDefinitionCommandInput[] = [];
  const services: Services = {
    ...stack.services,
    config: { ...config, compute: { ...config.compute, ...change } },
    taskRegistry: {
      register: (definition) => {
        registered.push(definition);
        return taskRegistry.register(definition);
      },
    },
  };
  return { services, registered };
}

describe('the image of a step', () => {
  it('is pulled from the mirror of the stage, and recorded with the requested name', async () => {
    const mirror = { prefix: 'docker.io/library', target: 'mirror.example.org/library' };
    const { services, registered } = withImages({ registries: { sources: [mirror], logins: [] } });
    const runId = await runOf('python:3.12-slim');

    const { ticket } = started(await nextStep(services, { runId, outcome: null }));

    expect(ticket).not.toBe('');
    const images = registered.flatMap(({ containerDefinitions = [] }) =>
      containerDefinitions.flatMap(({ name, image }) => (name === 'step' ? [image] : [])),
    );
    expect(images).toEqual(['mirror.example.org/library/python:3.12-slim']);
    expect(await stepsOf(services, runId)).toMatchObject([{ image: 'python:3.12-slim' }]);
    await nextStep(services, { runId, outcome: stopped(0) });
    await settleRun(services, runId, true);
  });

  it('ends its run with a clear message if an isolated stage cannot pull it', async () => {
    const { services, registered } = withImages({ network: 'isolated' });
    const runId = await runOf('python:3.12-alpine');

    expect(await nextStep(services, { runId, outcome: null })).toEqual({ action: 'done' });
    await settleRun(services, runId, false);

    expect(registered).toEqual([]);
    const { json: run } = await stack.request('GET', `/runs/${runId}`, { token: alice.token });
    expect(run.state).toBe('ERROR');
    expect(run.messages.join()).toMatch(
      /^step 'only': image 'python:3\.12-alpine' cannot be reached here: .*ask its operator for a copy$/,
    );
  });
});
