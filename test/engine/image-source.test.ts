import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { normaliseImage } from '../../shared/engine/image-reference.ts';
import { isBelow, pulledImage, type Registries } from '../../shared/engine/image-source.ts';

const ECR = '123456789012.dkr.ecr.eu-central-1.amazonaws.com';
const SECRET = 'arn:aws:secretsmanager:eu-central-1:123456789012:secret:registry/lab-AbCdEf';
const registries: Registries = {
  sources: [
    { prefix: 'docker.io', target: `${ECR}/flowserv-dev/hub` },
    { prefix: 'docker.io/library', target: 'public.ecr.aws/docker/library' },
    { prefix: 'localhost', target: 'elsewhere.example.org' },
  ],
  logins: [
    { prefix: 'ghcr.io/lab', secretArn: SECRET },
    { prefix: 'docker.io/lab/scorer', secretArn: `${SECRET}-hub` },
  ],
};
const pulled = (reference: string, own = false) => pulledImage(normaliseImage(reference), registries, own);
const DIGEST = `sha256:${'0'.repeat(64)}`;

describe('the image that is pulled', () => {
  it.each([
    ['group/tool:1', `${ECR}/flowserv-dev/hub/group/tool:1`],
    [`group/tool@${DIGEST}`, `${ECR}/flowserv-dev/hub/group/tool@${DIGEST}`],
    ['docker.io/group/tool', `${ECR}/flowserv-dev/hub/group/tool:latest`],
    ['python:3.12', 'public.ecr.aws/docker/library/python:3.12'],
    ['library-of/tool:1', `${ECR}/flowserv-dev/hub/library-of/tool:1`],
    ['localhost/tool:1', 'elsewhere.example.org/tool:1'],
  ])('for %s is %s, by the longest prefix', (reference, image) => {
    expect(pulled(reference)).toEqual({ image });
  });

  it.each([
    'quay.io/group/tool:1',
    'localhost:5000/tool:1',
    'docker.io.example.org/tool:1',
    `${ECR}/secret:1`,
  ])('for %s is the image itself', (reference) => {
    expect(pulled(reference)).toEqual({ image: reference });
  });

  it('is below the target for any reference below the prefix', () => {
    const text = fc.oneof(fc.string(), fc.stringMatching(/^[a-z./:@%\\]{1,20}$/));
    fc.assert(
      fc.property(text, fc.constantFrom('', 'docker.io/', 'docker.io/library/'), (path, prefix) => {
        let full: string;
        try {
          full = normaliseImage(prefix + path);
        } catch {
          return;
        }
        if (!isBelow(full, 'docker.io')) return;
        const { image } = pulledImage(full, registries, false);
        expect(image).toMatch(/^(?:public\.ecr\.aws\/docker\/library|[^/]+\/flowserv-dev\/hub)\//);
        expect(image.split(/[/:@]/)).not.toContain('..');
      }),
    );
  });
});

describe('the login of a private registry', () => {
  it('applies to images that the organiser names, which then come from that registry', () => {
    const repositoryCredentials = { credentialsParameter: SECRET };
    expect(pulled('ghcr.io/lab/scorer:1', true)).toEqual({
      image: 'ghcr.io/lab/scorer:1',
      repositoryCredentials,
    });
    expect(pulled('lab/scorer:1', true)).toEqual({
      image: 'docker.io/lab/scorer:1',
      repositoryCredentials: { credentialsParameter: `${SECRET}-hub` },
    });
  });

  it('does not apply to images that a participant names', () => {
    expect(pulled('ghcr.io/lab/scorer:1')).toEqual({ image: 'ghcr.io/lab/scorer:1' });
    expect(pulled('lab/scorer:1').repositoryCredentials).toBeUndefined();
  });

  it('does not apply to other images of the registry', () => {
    for (const other of ['ghcr.io/laboratory/x:1', 'ghcr.io/other/lab:1', 'lab/scorer-2:1']) {
      expect(pulled(other, true).repositoryCredentials, other).toBeUndefined();
    }
  });
});
