import { beforeAll, describe, expect, it } from 'vitest';
import { installTemplate, oneStep, resultText } from './install-template.ts';
import type { Request } from './running-stack.ts';
import { useStack } from './stack-fixture.ts';

/** How values of a request are passed to a step's command. */
describe('values of arguments', () => {
  const stack = useStack();
  let alice: { id: string; token: string };
  beforeAll(async () => {
    alice = await stack.user('alice');
  });

  /** Starts a run of a new workflow with one step; returns the response and the output of the step. */
  const outcome = async (template: string, id: string, request: Request) => {
    const group = await stack.group(await installTemplate(stack, template, {}, { id }), alice.token, 'Group');
    const reply = await stack.request('POST', `/groups/${group}/runs`, { token: alice.token, ...request });
    expect(reply.status).toBe(201);
    const run = await stack.ended(reply.json.id, alice.token);
    expect(run.state).toBe('SUCCESS');
    return { reply, text: await resultText(stack, run, 'out.txt') };
  };

  it('J8, J11: accept `id` instead of `name`, and numbers and Booleans as text', async () => {
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
    const body = {
      arguments: [
        { id: 'count', value: '3' },
        { name: 'share', value: '0.5' },
        { name: 'loud', value: 'true' },
      ],
    };
    const { text } = await outcome(template, 'J11', { body });
    expect(text).toBe('3 0.5 True\n');
  });

  it('J3: keep every digit of a number, in the command and in the handle', async () => {
    const template = oneStep(
      ['echo "$[[seed]] $[[text]] $[[list]]" > out.txt'],
      `parameters:
  - {name: seed, dtype: int}
  - {name: text, dtype: string}
  - {name: list, dtype: list, para: {name: x, dtype: float, index: 0, isRequired: true}}
`,
      ['out.txt'],
    );
    const body =
      '{"arguments": [{"name": "seed", "value": 12345678901234567890}, {"name": "text", "value": 3.0},' +
      ' {"name": "list", "value": [1.0, 9007199254740993, 0.1]}]}';
    const headers = { 'idempotency-key': 'digits' };
    const { reply, text } = await outcome(template, 'digits', { body, headers });
    for (const part of ['12345678901234567890', '3.0', '[1.0,9007199254740993,0.1]']) {
      expect(reply.text).toContain(`"value":${part}`);
    }
    expect(text).toBe('12345678901234567890 3.0 [1.0, 9007199254740992.0, 0.1]\n');
  });
});
