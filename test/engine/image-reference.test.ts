import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { normaliseImage } from '../../shared/engine/image-reference.ts';
import { FlowservError } from '../../shared/errors.ts';

const DIGEST = `sha256:${'a'.repeat(64)}`;

describe('an image reference', () => {
  it.each([
    ['python', 'docker.io/library/python:latest'],
    ['python:3.7', 'docker.io/library/python:3.7'],
    ['heikomueller/toptagger:0.2.0', 'docker.io/heikomueller/toptagger:0.2.0'],
    ['docker.io/python', 'docker.io/library/python:latest'],
    ['index.docker.io/library/python:3', 'docker.io/library/python:3'],
    ['public.ecr.aws/docker/library/node:24-alpine', 'public.ecr.aws/docker/library/node:24-alpine'],
    ['GHCR.io/owner/app', 'ghcr.io/owner/app:latest'],
    ['localhost:5000/app', 'localhost:5000/app:latest'],
    ['localhost/app:1', 'localhost/app:1'],
    ['a/b__c/d--e.f', 'docker.io/a/b__c/d--e.f:latest'],
    [`python@${DIGEST}`, `docker.io/library/python@${DIGEST}`],
    [`python:3.7@${DIGEST}`, `docker.io/library/python@${DIGEST}`],
  ])('%s is %s', (reference, full) => {
    expect(normaliseImage(reference)).toBe(full);
  });

  it.each([
    '',
    ' ',
    'python ',
    'Python',
    'python:',
    'python:-x',
    '/python',
    'python/',
    'a//b',
    '../x',
    'a:1:2',
    'a@b@c',
    'python@sha256:abc',
    'http://example.org/x',
    'example.org:port/x',
    'example.org/',
    'a;id',
    'a\nb',
    'a\0b',
    '-rm',
    '$(id)',
    'ä',
    `python:${'x'.repeat(129)}`,
    'x'.repeat(256),
    'x/'.repeat(5000),
  ])('%j is rejected', (reference) => {
    expect(() => normaliseImage(reference)).toThrow(FlowservError);
  });

  it('does not change if it is already full', () => {
    const part = fc.stringMatching(/^[a-z0-9]{1,8}$/);
    const host = fc.constantFrom('', 'ghcr.io/', 'localhost:5000/', 'docker.io/');
    const names = fc.array(part, { minLength: 1, maxLength: 3 }).map((list) => list.join('/'));
    const tag = fc.oneof(
      fc.constant(''),
      part.map((text) => `:${text}`),
      fc.constant(`@${DIGEST}`),
    );
    fc.assert(
      fc.property(host, names, tag, (...parts) => {
        const full = normaliseImage(parts.join(''));
        expect(normaliseImage(full)).toBe(full);
      }),
    );
  });

  it('is accepted, or rejected with an error of the catalogue', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        try {
          expect(normaliseImage(text).length).toBeLessThan(500);
        } catch (error) {
          expect(error).toMatchObject({ code: 'image.invalid', status: 400 });
        }
      }),
    );
  });
});
