import { describe, expect, it } from 'vitest';
import type { ValueKind } from '../../shared/engine/commands/value-kind.ts';
import { isParticipants, namesOwnImage } from '../../shared/engine/participant-code.ts';
import { parseSerialWorkflow } from '../../shared/engine/serial-workflow.ts';

const kinds = new Map<string, ValueKind>([
  ['chosen', 'text'],
  ['upload', 'file'],
  ['listed', 'fixed'],
  ['number', 'number'],
]);

function isOfParticipant(step: object): boolean {
  const parameters = { own: '$[[chosen]]', count: '$[[number]]' };
  const workflow = parseSerialWorkflow({ parameters, steps: [{ name: 's', ...step }] });
  return workflow.steps.every((one) => isParticipants(one, workflow, kinds));
}

const container = (environment: string, command: string, expansion = 'variables') => ({
  action: { environment, commands: [command] },
  expansion,
});

describe('a step', () => {
  it.each([
    ['that a participant supplies', { action: '$[[actor]]' }],
    ['in an image that an argument chooses', container('$[[chosen]]', 'true')],
    ['in a version of an image that an argument chooses', container('python:$[[chosen]]', 'true')],
    ['in an image that only the parameters of a group declare', container('$[[unknown]]', 'true')],
    ['whose command an argument is pasted into', container('x', 'run $[[chosen]]', 'text')],
    ['whose command a variable is pasted into', container('x', 'run ${own}', 'text')],
    ['whose command a path is pasted into', container('x', 'run $[[upload]]', 'text')],
  ])('%s belongs to the participant', (_, step) => {
    expect(isOfParticipant(step)).toBe(true);
  });

  it.each([
    ['with fixed text', container('x', 'run')],
    ['with arguments as data', container('x', 'run "$[[chosen]]" "${own}"')],
    ['in an image of a list', container('$[[listed]]', 'true')],
    ['whose command numbers are pasted into', container('x', '${python} $[[number]] ${count}', 'text')],
  ])('%s belongs to the organiser', (_, step) => {
    expect(isOfParticipant(step)).toBe(false);
  });
});

describe('namesOwnImage', () => {
  const isNamed = (step: object) => {
    const workflow = parseSerialWorkflow({ steps: [{ name: 's', ...step }] });
    return workflow.steps.every((one) => namesOwnImage(one, workflow, kinds));
  };

  it.each([
    ['with a fixed image', container('ghcr.io/lab/scorer:1', 'run "$[[chosen]]"')],
    ['with one of two images', container('$[[flag ? ghcr.io/lab/a : ghcr.io/lab/b]]', 'run')],
  ])('is true for a step %s', (_, step) => {
    expect(isNamed(step)).toBe(true);
  });

  it.each([
    ['that a participant supplies', { action: '$[[actor]]' }],
    ['whose image an argument chooses', container('$[[chosen]]', 'run')],
    ['whose image is one of a list', container('$[[listed]]', 'run')],
    ['whose tag is a number of the participant', container('ghcr.io/lab/scorer:$[[number]]', 'run')],
    ['that pastes free text of an argument', container('ghcr.io/lab/scorer:1', 'run $[[chosen]]', 'text')],
  ])('is false for a step %s', (_, step) => {
    expect(isNamed(step)).toBe(false);
  });
});
