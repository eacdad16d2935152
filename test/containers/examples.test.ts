import { beforeAll, describe, expect, it } from 'vitest';
import { resultText, start } from '../end-to-end/install-template.ts';
import { example } from '../end-to-end/running-stack.ts';
import { engine, useEngineStack } from './engine-stack.ts';
import { images } from './images.ts';

/** Runs the examples as their README files describe, in the images that their templates name. */
describe.skipIf(!engine)('in containers', () => {
  const stack = useEngineStack();
  let alice: { id: string; token: string };
  beforeAll(async () => {
    alice = await stack.user('alice');
  });

  async function groupOf(name: string) {
    const workflow = await stack.install(example(name));
    return { workflow, group: await stack.group(workflow, alice.token, `Group of ${name}`) };
  }

  async function run(group: string, values: Readonly<Record<string, unknown>>) {
    const { json } = await start(stack, group, alice.token, values);
    return stack.ended(json.id, alice.token);
  }

  it('hello-world greets, and its run is ranked and compared', async () => {
    const { workflow, group } = await groupOf('hello-world');
    const started = await stack.greet(group, alice.token, 'Ada\nZoë\n', [{ name: 'sleeptime', value: 0 }]);
    const ended = await stack.ended(started.id, alice.token);
    expect(ended).toMatchObject({ state: 'SUCCESS' });
    expect(await resultText(stack, ended, 'results/greetings.txt')).toBe('Hello Ada!\nHello Zoë!\n');

    const postproc = await stack.postproc(workflow, ({ state }) => ['SUCCESS', 'ERROR'].includes(state));
    expect(postproc).toMatchObject({ state: 'SUCCESS' });
    const { id } = postproc.files.find(({ name }: { name: string }) => name === 'results/compare.json');
    const { json } = await stack.request('GET', `/workflows/${workflow}/downloads/files/${id}`);
    expect(json).toEqual([expect.objectContaining({ rank: 1, run: ended.id, max_line: 'Hello Ada!' })]);
  });

  it('word-count counts its sample', async () => {
    const { group } = await groupOf('word-count');
    const ended = await run(group, {});
    expect(ended).toMatchObject({ state: 'SUCCESS' });
    expect(JSON.parse(await resultText(stack, ended, 'results/summary.json'))).toMatchObject({
      total: expect.any(Number),
      first: expect.any(String),
    });
  });

  it('word-search counts in three tasks at the same time', async () => {
    const { group } = await groupOf('word-search');
    const ended = await run(group, { word: 'light' });
    expect(ended).toMatchObject({ state: 'SUCCESS' });
    expect(JSON.parse(await resultText(stack, ended, 'results/summary.json'))).toEqual({
      least: 1,
      total: 5,
    });
  });

  it('line-fit calls functions, whose results are variables', async () => {
    const { group } = await groupOf('line-fit');
    const ended = await run(group, { slope: 2, intercept: 1 });
    expect(ended).toMatchObject({ state: 'SUCCESS' });
    expect(await resultText(stack, ended, 'results/summary.txt')).toBe('y = 2.0 x + 1.0 has the error 0.0\n');
  });

  it('spam-filter scores the step of a participant, which cannot find the labels', async () => {
    const { group } = await groupOf('spam-filter');
    const filter = (command: string) => ({
      filter: ['container', { environment: images.alpine, commands: [command] }],
    });
    const words = `sed -E 's/.*(free|prize|Cheap|password).*/spam/; t; s/.*/ham/'`;
    const scored = await run(group, filter(`${words} work/messages.txt > work/labels.txt`));
    expect(scored).toMatchObject({ state: 'SUCCESS' });
    expect(JSON.parse(await resultText(stack, scored, 'results/scores.json'))).toMatchObject({
      accuracy: 0.75,
    });

    const search = 'find . -type f | sort; find / -name messages.tsv 2>/dev/null; exit 1';
    const searched = await run(group, filter(search));
    expect(searched).toMatchObject({
      state: 'ERROR',
      messages: [
        './code/prepare.sh\n./code/score.sh\n./work/messages.txt\n',
        expect.stringMatching(/^step '.*' ended with exit code 1$/),
      ],
    });
  });
});
