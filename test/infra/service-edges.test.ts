import { describe, expect, it } from 'vitest';
import { architecture, compareEdges } from './edges/judge.ts';
import { decide } from './edges/own-evaluator.ts';
import { stages } from './stages.ts';

/** The requests between the parts of the architecture, decided by our own evaluator; `test:witnesses` uses another. */
describe.each(Object.entries(stages))('the parts of stage %s', (name, settings) => {
  const { permissions, edges } = architecture(name, settings);
  const judged = (held: typeof permissions) =>
    compareEdges(
      held,
      edges,
      edges.map((edge) => decide(held, edge)),
    );

  it('may send each other exactly the requests of the architecture', () => {
    expect(edges.length).toBeGreaterThan(350);
    expect(judged(permissions)).toEqual([]);
  });

  it('are reported if a permission is missing or unused', () => {
    const alarms = permissions.filter(({ statement }) => statement.actions.includes('sns:Publish'));
    const [denial, permission] = alarms;
    expect(alarms).toHaveLength(2);
    if (!denial || !permission) return;
    const without = judged(permissions.filter((each) => each !== permission));
    expect(without.length).toBeGreaterThan(10);
    for (const line of without) expect(line).toMatch(/^not allowed instead of allowed: alarm /);
    const idle = {
      ...permission,
      sid: 'more',
      statement: { ...permission.statement, actions: ['sns:Receive'] },
    };
    expect(judged([...permissions, idle])).toEqual([
      expect.stringMatching(/^unused: arn:aws:sns:.*: Allow sns:Receive /),
    ]);
  });
});
