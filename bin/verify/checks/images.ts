import type { Architecture } from '../../../shared/architecture.ts';
import { type Check, hold } from '../check.ts';
import { EVIDENCE, SHELL_IMAGE } from '../probe-template.ts';
import { type Ended, ended, ranked, runTrial } from '../trial.ts';

/** An image on Docker Hub with one static program and no shell. */
const NO_SHELL = 'public.ecr.aws/docker/library/hello-world:latest';
/** An image on Docker Hub with a shell, whose user is not root. */
const OTHER_USER = 'public.ecr.aws/docker/library/memcached:1.6-alpine';
/**
 * An image that is built for one processor only, which is not the stage's. Docker Hub has such images; it limits the
 * pulls per hour without a login.
 */
export const otherArchitectureImage = (stage: Architecture): string =>
  `docker.io/${stage === 'ARM64' ? 'amd64' : 'arm64v8'}/alpine:3.20`;

/** Checks that a run with an unusable image ends as ERROR, after one attempt, with a message about the cause. */
function failsOnce(trial: Ended, pattern: RegExp) {
  const seen = ended(trial, 'ERROR');
  const text = trial.run.messages?.join('\n') ?? '';
  hold(pattern.test(text), 'no message names the fault of the image', seen);
  hold(trial.steps[0]?.attempt === 1, 'the step was retried, although the image does not change', seen);
  return seen;
}

const noImage: Check = {
  id: 'image-missing',
  title: 'a run whose image does not exist ends as ERROR with a message, after one attempt',
  proves:
    'what the task object contains for an image that cannot be pulled, and how soon; S3 responds with 404 when the function reads the report of a step that never ran',
  needs: ['fargate'],
  minutes: 15,
  run: async (world) =>
    failsOnce(
      await runTrial(world, {
        image: 'public.ecr.aws/docker/library/alpine:no-such-tag',
        commands: [ranked(1)],
      }),
      /image/i,
    ),
};

const noShell: Check = {
  id: 'image-without-shell',
  title: 'a run whose image has no shell ends as ERROR with a message, after one attempt',
  proves: 'what the task object contains for a container whose program cannot be started, or its exit code',
  needs: ['fargate'],
  minutes: 15,
  run: async (world) =>
    failsOnce(await runTrial(world, { image: NO_SHELL, commands: [ranked(1)] }), /no shell/i),
};

const otherArchitecture: Check = {
  id: 'image-architecture',
  title: 'a run whose image is for another processor ends as ERROR with a message, after one attempt',
  proves: 'what Fargate reports for an image without a manifest for its platform',
  needs: ['fargate'],
  minutes: 15,
  run: async (world) =>
    failsOnce(
      await runTrial(world, {
        image: otherArchitectureImage(world.target.config.compute.architecture),
        commands: [ranked(1)],
      }),
      /processor/i,
    ),
};

const otherUser: Check = {
  id: 'image-user',
  title:
    'a step whose image names a user other than root writes its files, and the run has the digest of the image',
  proves:
    'the volumes that a task shares are writable for every user, and `stage` and `warden` are root; the task object has the digest of an image that is not in a registry of the account',
  needs: ['fargate'],
  minutes: 15,
  async run(world) {
    const commands = [`id > ${EVIDENCE}`, ranked(1)];
    const trial = await runTrial(world, { image: OTHER_USER, commands });
    const seen = { ...ended(trial, 'SUCCESS'), id: trial.evidence.trim() };
    hold(trial.run.images?.length === 1, 'the handle of the run has no digest of its image', seen);
    hold(
      /uid=(?!0\b)\d+/.test(trial.evidence),
      'the step was root: the image is not suitable for this check',
      seen,
    );
    return seen;
  },
};

const byDigest: Check = {
  id: 'step-reused',
  title: 'a step with `cache: true` whose image has a digest takes the outputs of an equal run',
  proves:
    'the digest in the task object can be pulled; S3 copies objects from run to run with the role of the function',
  needs: ['fargate'],
  minutes: 30,
  async run(world) {
    const commands = [`date +%s > ${EVIDENCE}`, ranked(1)];
    const [found] = (await runTrial(world, { image: SHELL_IMAGE, commands })).run.images ?? [];
    hold(found !== undefined, 'the handle of the run has no digest of its image');
    const image = SHELL_IMAGE.replace(/:[^:]*$/, `@${found.digest}`);
    const first = await runTrial(world, { image, commands });
    const second = await runTrial(world, { image, commands });
    const seen = {
      first: ended(first, 'SUCCESS'),
      second: ended(second, 'SUCCESS'),
      reuse: second.run.reuse,
    };
    hold(second.run.reuse?.[0]?.runId === first.run.id, 'the step was executed again', seen);
    hold(second.evidence === first.evidence, 'the outputs differ', seen);
    return seen;
  },
};

/** Kinds of images. */
export const imageChecks: readonly Check[] = [noImage, noShell, otherArchitecture, otherUser, byDigest];
