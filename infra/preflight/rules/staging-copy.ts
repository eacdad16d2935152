import type { Architecture } from '../../../shared/architecture.ts';
import { fine, hurts, informs, type Verdict } from '../finding.ts';

/** The copy in ECR of the image of `stage` and `warden`. Tasks of an isolated network pull it. */
interface StagingCopy {
  /** `<account>.dkr.ecr.<region>.amazonaws.com/<repository>:<tag>`, or with a digest. */
  readonly image: string;
  /** Whether the repository of the copy exists. The first pull of the image creates both. */
  readonly exists: boolean;
  readonly deployed: boolean;
  readonly architecture: Architecture;
}

/** Account, region and repository of an image in ECR. */
export function ecrLocation(image: string) {
  const [, account = '', region = '', repository = ''] =
    /^(\d{12})\.dkr\.ecr\.([a-z0-9-]+)\.amazonaws\.com\/([^:@]+)/.exec(image) ?? [];
  return { account, region, repository };
}

/**
 * Judges whether the copy of the staging image exists. Tasks of an isolated network do not start without the copy, and
 * cannot create it.
 */
export function judgeStagingCopy({ image, exists, deployed, architecture }: StagingCopy): Verdict {
  if (exists) return fine(image);
  const { region } = ecrLocation(image);
  const registry = image.slice(0, image.indexOf('/'));
  const platform = architecture === 'ARM64' ? 'linux/arm64' : 'linux/amd64';
  const commands = [
    `aws ecr get-login-password --region ${region} | docker login --username AWS --password-stdin ${registry}`,
    `docker pull --platform ${platform} ${image}`,
  ];
  return deployed
    ? hurts(
        'ECR has no copy of the staging image, and no task starts without it. Make the copy.',
        ...commands,
      )
    : informs('After the deployment, make the copy of the staging image in ECR.', ...commands);
}
