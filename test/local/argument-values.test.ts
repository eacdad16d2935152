import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { installTemplate, oneStep, resultText } from './install-template.ts';
import { type RunningStack, runStack } from './running-stack.ts';

/** How the values of a request reach a step's command. */
describe('values of arguments', () => {
  let stack: RunningStack;
  let alice: { id: string; token: string };
  beforeAll(async () => {
    stack = await runStack();
    alice = await stack.user('alice');
  });
  afterAll(() => stack.close());

  /** A group of a new workflow of one step. */
  const groupOf = async (template: string, id: string) =>
    stack.group(await installTemplate(stack, template, {}, { id }), alice.token, 'Group');

  it('J8, J11: takes `id` for `name`, and numbers and truth values as text', async () => {
    const template = oneStep(
      ['echo "$[[count]] $[[share]] $[[loud]]" > out.txt'],
      `parameters:
  - {name: count, dtype: int}
  - {name: share, dtype: float}
  - {name: loud, dtype: bool}
outputs:
  - source: out.txt
`,
    );
    const own = await groupOf(template, 'J11');
    const body = {
      arguments: [
        { id: 'count', value: '3' },
        { name: 'share', value: '0.5' },
        { name: 'loud', value: 'true' },
      ],
    };
    const reply = await stack.request('POST', `/groups/${own}/runs`, { token: alice.token, body });
    expect(reply.status).toBe(201);
    const run = await stack.ended(reply.json.id, alice.token);
    expect(run.state).toBe('SUCCESS');
    expect(await resultText(stack, run, 'out.txt')).toBe('3 0.5 True\n');
  });

  it('J3: keeps every digit of a number, for the command and in the handle', async () => {
    const template = oneStep(
      ['echo "$[[seed]] $[[text]] $[[list]]" > out.txt'],
      `parameters:
  - {name: seed, dtype: int}
  - {name: text, dtype: string}
  - {name: list, dtype: list, para: {name: x, dtype: float, index: 0, isRequired: true}}
`,
      ['out.txt'],
    );
    const own = await groupOf(template, 'digits');
    const body =
      '{"arguments": [{"name": "seed", "value": 12345678901234567890}, {"name": "text", "value": 3.0},' +
      ' {"name": "list", "value": [1.0, 9007199254740993, 0.1]}]}';
    const reply = await stack.request('POST', `/groups/${own}/runs`, {
      token: alice.token,
      body,
      headers: { 'idempotency-key': 'digits' },
    });
    for (const part of ['12345678901234567890', '3.0', '[1.0,9007199254740993,0.1]']) {
      expect(reply.text).toContain(`"value":${part}`);
    }
    const run = await stack.ended(reply.json.id, alice.token);
    expect(await resultText(stack, run, 'out.txt')).toBe(
      '12345678901234567890 3.0 [1.0, 9007199254740992.0, 0.1]\n',
    );
  });
});
