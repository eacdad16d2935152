import { describe, expect, it } from 'vitest';
import { advanceRun } from '../../shared/remote-engines/advance.ts';
import { readAnyRun } from '../../shared/runs/run.ts';
import { createServices } from '../../shared/services/services.ts';
import { installTemplate, SCORES } from './install-template.ts';
import { ENGINE, useRemoteStack } from './remote-stack.ts';
import { poll } from './running-stack.ts';

const { reana, stack, installed, begin, workflowsOf, advance, handle, endOf } = useRemoteStack();

describe('a fault of the engine', () => {
  it('that loses responses leads to no second workflow', async () => {
    for (const operation of ['create_workflow', 'start_workflow', 'get_workflow_status']) {
      reana.state.lost.add(operation);
    }
    const runId = await begin();
    expect((await endOf(runId)).state).toBe('SUCCESS');
    expect([reana.state.lost.size, workflowsOf(runId).length]).toEqual([0, 1]);
  });

  it('that lasts lets the run wait, and its end lets the run continue', async () => {
    reana.state.misbehave = (_, response) => {
      response.writeHead(503).end();
      return true;
    };
    const runId = await begin();
    const calls = reana.calls.length;
    await advance(runId, async () => (reana.calls.length > calls + 1 ? true : undefined));
    const reason = `the remote engine '${ENGINE}' fails or cannot be reached; trying again each minute`;
    expect(await handle(runId)).toMatchObject({ state: 'PENDING', reason, since: expect.any(String) });
    reana.state.misbehave = () => false;
    expect((await endOf(runId)).state).toBe('SUCCESS');
  });

  it('that lasts for a day ends the run', async () => {
    reana.state.misbehave = (_, response) => {
      response.writeHead(503).end();
      return true;
    };
    const runId = await begin();
    await advance(runId, async () => (await readAnyRun(stack.services, runId))?.remoteSince);
    const later = createServices(stack.services.config, () => new Date(Date.now() + 25 * 3_600_000));
    await advanceRun(later, { runId, engine: ENGINE });
    expect((await handle(runId)).messages).toEqual([
      "step 'count': the remote engine did not begin the run within 24 hours",
    ]);
  });

  it('that rejects the workflow ends the run with its message', async () => {
    reana.state.misbehave = (operation, response) => {
      if (operation !== 'create_workflow') return false;
      response.writeHead(400).end('{"message": "Image is not allowed"}');
      return true;
    };
    const run = await endOf(await begin());
    expect(run.messages.join()).toContain(
      "the engine 'cern' rejected the run: status 400: Image is not allowed",
    );
  });

  it('that lists files elsewhere does not place them among the outputs', async () => {
    const names = ['../../etc/passwd', 'results/words.tsv/../../x', 'other/file', '/etc/passwd'];
    reana.state.misbehave = (operation, response) => {
      if (operation !== 'get_files') return false;
      const items = names.map((name) => ({ name, size: { raw: 1 } }));
      response.end(JSON.stringify({ items }));
      return true;
    };
    const run = await endOf(await begin());
    expect(run).toMatchObject({ state: 'SUCCESS', files: [] });
    expect(run.warnings.map(({ code }: { code: string }) => code)).toContain('output.missing');
  });
});

describe('an engine that may get private files', () => {
  const beginWith = async (command: string) => {
    const template = `workflow:
  steps:
    - name: score
      files: {outputs: [result.json]}
      action: {environment: "alpine:3", commands: ["${command}"]}
${SCORES}`;
    const files = { 'secret/truth.json': { text: '{"score": 1}', access: 'private' as const } };
    const id = await installTemplate(stack, template, files, { engine: 'trusted' });
    return begin([], await stack.group(id, installed.token, 'Trusted'));
  };

  it('gets them with the other inputs, and the output of steps stays private', async () => {
    const end = async (command: string) => endOf(await beginWith(command), 'trusted');
    expect(await end('cp secret/truth.json result.json')).toMatchObject({ state: 'SUCCESS' });
    const failed = await end('cat secret/truth.json; exit 3');
    expect(failed.state).toBe('ERROR');
    expect(failed.messages.join()).not.toContain('score": 1');
  });

  it('stops the run when it may not any more', async () => {
    reana.state.isPaused = true;
    const runId = await beginWith('true');
    const isQueued = async () => (workflowsOf(runId)[0]?.status() === 'queued' ? true : undefined);
    await advance(runId, isQueued, 'trusted');
    const { config } = stack.services;
    const engines = config.engines.map((engine) => ({ ...engine, privateFiles: false }));
    await poll(async () => {
      await advanceRun(createServices({ ...config, engines }), { runId, engine: 'trusted' });
      return (await handle(runId)).state === 'ERROR' ? true : undefined;
    }, 'the run goes on');
    expect(workflowsOf(runId)[0]?.status()).toBe('stopped');
  });
});
