import { describe, expect, it } from 'vitest';
import { imageFault } from '../../../shared/runs/steps/image-fault.ts';

const task = (reason: string, stoppedReason = 'Essential container in task exited') => ({
  taskArn: 'arn',
  stopCode: '',
  stoppedReason,
  exitCode: -1,
  imageDigest: '',
  reason,
});
const notPulled = (text: string) => task(`CannotPullContainerError: ${text}`);
const faultOf = (stopped: ReturnType<typeof task>) => imageFault('lab/scorer:1', stopped, undefined);

describe('imageFault', () => {
  it.each([
    'failed to resolve ref docker.io/lab/scorer:1: docker.io/lab/scorer:1: not found',
    'pull access denied, repository does not exist or may require authorization',
    'failed to resolve reference "123456789012.dkr.ecr.eu-central-1.amazonaws.com/cache/lab/scorer:1": unexpected status: 403 Forbidden',
    'The task can’t pull the image. Check whether the image exists.',
    'Error response from daemon: manifest for a:1 not found: manifest unknown',
    'Error response from daemon: unauthorized: authentication required',
    'reading manifest nope in docker.io/library/alpine: manifest unknown',
    'initializing source docker://a:1: reading manifest 1 in a: requested access to the resource is denied',
    'No such image: a:1',
  ])('reports an image that cannot be pulled: %s', (text) => {
    const fault = faultOf(notPulled(text));
    expect(fault).toMatch(/^the image 'lab\/scorer:1' cannot be pulled; check its name and tag.*CannotPull/);
    expect(fault).not.toContain('123456789012');
  });

  it('is of the image for the files of every step, where that one cannot be pulled', () => {
    const ref = 'public.ecr.aws/docker/library/node:24-alpine';
    const fault = faultOf(notPulled(`failed to resolve ref ${ref}: ${ref}: not found`));
    expect(fault).toMatch(
      /^the image 'public\.ecr\.aws\/docker\/library\/node:24-alpine', which copies .* cannot/,
    );
    expect(fault).not.toContain('lab/scorer');
  });

  it.each([
    "image Manifest does not contain descriptor matching platform 'linux/arm64'",
    'no matching manifest for linux/amd64 in the manifest list entries',
    'choosing image instance: no image found in image index for architecture arm64, variant "v8", OS linux',
    'no match for platform in manifest: not found',
    'image with reference a:1 was found but does not match the specified platform: wanted linux/arm64, actual: linux/amd64',
    'image operating system "windows" cannot be used on this platform',
  ])('reports an image that is built for another processor: %s', (text) => {
    const fault = faultOf(notPulled(text));
    expect(fault).toMatch(
      /^the image 'lab\/scorer:1' is not built for the processor .*--platform linux\/amd64,linux\/arm64.*'architecture'/,
    );
    expect(fault).toContain(text);
  });

  const ofFargate =
    'ResourceInitializationError: failed to create new container runtime task: failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process';
  it.each([
    // From Fargate, which cuts off the end; from Docker; from Podman with runc and with crun.
    `${ofFargate}: exec: "/bin/sh": stat /bin/sh: no such fi`,
    `${ofFargate}: error during container init: exec: "/bin/s`,
    'failed to create task for container: failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process: exec: "/bin/sh": stat /bin/sh: no such file or directory: unknown',
    'runc: runc create failed: unable to start container process: exec: "/bin/sh": stat /bin/sh: no such file or directory: OCI runtime attempted to invoke a command that was not found',
    'crun: executable file `/bin/sh` not found in $PATH: No such file or directory: OCI runtime attempted to invoke a command that was not found',
  ])('reports an image without a shell: %s', (text) => {
    expect(faultOf(task(`CannotStartContainerError: ${text}`))).toMatch(
      /^the image 'lab\/scorer:1' has no shell at \/bin\/sh .*use an image with a shell.*CannotStart/,
    );
  });

  it('reports an image that names a missing user', () => {
    const text = 'unable to find user nobody2: no matching entries in passwd file';
    expect(faultOf(task(`CannotStartContainerError: ${text}`))).toMatch(
      /^the image 'lab\/scorer:1' names a user that does not exist in it; .*nobody2/,
    );
  });

  it.each([
    notPulled('toomanyrequests: You have reached your pull rate limit'),
    notPulled('failed to do request: Head "https://registry.example.org/v2/": dial tcp: i/o timeout'),
    task('CannotStartContainerError: error creating device nodes: errno 524'),
    task('', 'Host EC2 terminated'),
    task('', 'the file of the response was not found'),
  ])('reports nothing for a fault of the platform: $reason $stoppedReason', (stopped) => {
    expect(faultOf(stopped)).toBeUndefined();
  });

  it('reports an image without a shell when the container started and its shell did not', () => {
    const now = '2026-01-01T00:00:00.000Z';
    const status = {
      ...{ v: 1 as const, step: { index: 0, name: 'step', attempt: 1 }, attempt: 1, exitCode: 127 },
      ...{ startedAt: now, finishedAt: now, commands: [], outputs: [], result: null, archive: null },
      warnings: [],
      failure: { code: 'no-shell', message: 'the image of the step has no shell that runs here' },
    };
    expect(imageFault('lab/scorer:1', { ...task(''), exitCode: 127 }, status)).toMatch(
      /^the image 'lab\/scorer:1' has no shell at \/bin\/sh that runs here/,
    );
  });

  it('does not reveal the account of a registry', () => {
    const fault = imageFault(
      '123456789012.dkr.ecr.eu-central-1.amazonaws.com/a:1',
      notPulled('not found'),
      undefined,
    );
    expect(fault).toMatch(/^the image '\(account\)\.dkr/);
  });
});
