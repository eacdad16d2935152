import { describe, expect, it } from 'vitest';
import { settleRun } from '../../shared/runs/settle.ts';
import { nextStep } from '../../shared/runs/steps/next-step.ts';
import { cliWith } from '../bin/run-cli.ts';
import { installTemplate, oneStep } from './install-template.ts';
import { playTask, startedRun, stepsOf, stopped } from './played-run.ts';
import { useStack } from './stack-fixture.ts';

const digest = `sha256:${'0123456789abcdef'.repeat(4)}`;

/** The images of a run's steps in its handle. */
describe('the image of a step', () => {
  const stack = useStack();

  /** Creates a run whose only step ended in a task with this container description from the platform. */
  async function runWith(container: object, exitCode = 0) {
    const { token } = await stack.user(`user-${crypto.randomUUID()}`);
    const group = await stack.group(await installTemplate(stack, oneStep(['true'])), token, 'Group');
    const { id, ticket } = await startedRun(stack, group);
    await playTask(stack, ticket, { exitCode, files: {} });
    const { task, ...outcome } = stopped(exitCode);
    await nextStep(stack.services, { runId: id, outcome: { ...outcome, task: { ...task, ...container } } });
    await settleRun(stack.services, id, true);
    const { json } = await stack.request('GET', `/runs/${id}`, { token });
    return { id, token, handle: json };
  }

  it.each([0, 1])(
    'is in the handle of a run that ends with exit code %d, by its digest',
    async (exitCode) => {
      const { id, token, handle } = await runWith({ imageDigest: digest }, exitCode);
      expect(handle.images).toEqual([{ step: 'only', image: expect.any(String), digest }]);
      const flowserv = cliWith({ FLOWSERV_API_DIR: stack.dataDir, FLOWSERV_ACCESS_TOKEN: token });
      const { stdout } = await flowserv(`runs show ${id}`);
      expect(stdout).toContain(`Images:\n  only: ${handle.images[0].image} (${digest})\n`);
      expect((await flowserv(`runs output ${id}`)).stdout).toContain(`(${digest})`);
    },
  );

  /** Creates a run whose first of two steps ended in a task, and returns it with the token of its user. */
  async function runAfterFirstStep() {
    const { token } = await stack.user(`user-${crypto.randomUUID()}`);
    const template = `workflow:
  steps:
    - {name: first, action: {environment: 'alpine:3.20', commands: ['true']}}
    - {name: second, action: {environment: 'alpine:3.20', commands: ['true']}}
`;
    const group = await stack.group(await installTemplate(stack, template), token, 'Group');
    const { id, ticket } = await startedRun(stack, group);
    await playTask(stack, ticket, { exitCode: 0, files: {} });
    const { task, ...outcome } = stopped(0);
    const described = { ...outcome, task: { ...task, imageDigest: digest } };
    await nextStep(stack.services, { runId: id, outcome: described });
    return { id, token };
  }

  const first = { step: 'first', image: expect.any(String), digest };

  it('is in the handle of a run that is canceled after the step', async () => {
    const { id, token } = await runAfterFirstStep();
    const { json } = await stack.request('PUT', `/runs/${id}`, { token, body: { reason: 'enough' } });
    expect(json).toMatchObject({ state: 'CANCELED' });
    const { json: handle } = await stack.request('GET', `/runs/${id}`, { token });
    expect(handle.images).toEqual([first]);
  });

  it('is in the handle of a run whose execution ends after the step', async () => {
    const { id, token } = await runAfterFirstStep();
    await settleRun(stack.services, id, true);
    const { json: handle } = await stack.request('GET', `/runs/${id}`, { token });
    expect(handle).toMatchObject({ state: 'ERROR', images: [first] });
  });

  it.each([
    ['gives no digest', ''],
    ['gives a short digest', 'sha256:1'],
    ['gives more than one digest', `${digest}\n${digest}`],
  ])('is not in the handle if the platform %s', async (_what, imageDigest) => {
    const { id, token, handle } = await runWith({ imageDigest });
    expect(handle.state).toBe('SUCCESS');
    expect(handle).not.toHaveProperty('images');
    expect((await stepsOf(stack.services, id))[0]).not.toHaveProperty('imageDigest');
    const flowserv = cliWith({ FLOWSERV_API_DIR: stack.dataDir, FLOWSERV_ACCESS_TOKEN: token });
    expect((await flowserv(`runs show ${id}`)).stdout).not.toContain('Images:');
  });
});
