import { fine, hurts, stops, type Verdict } from '../finding.ts';

/** A secret that the settings name. */
export interface NamedSecret {
  readonly arn: string;
  /** The registry whose login it holds. */
  readonly registry: string;
  /** `cache` where ECR logs in to fetch copies, `login` where tasks do. */
  readonly use: 'cache' | 'login';
}

/** A secret with whether it is there. */
export interface FoundSecret extends NamedSecret {
  readonly exists: boolean;
}

interface Place {
  readonly account: string;
  readonly region: string;
}

/** Whether a secret is in the account and region of the stage, where ECR looks for those of its rules. */
export const isHere = ({ arn }: NamedSecret, { account, region }: Place): boolean =>
  arn.split(':')[3] === region && arn.split(':')[4] === account;

/** ECR refuses a rule without its secret (Amazon ECR API reference, CreatePullThroughCacheRule); tasks would fail later. */
export function judgeSecrets(secrets: readonly FoundSecret[], place: Place): Verdict[] {
  const wrong = secrets.flatMap((secret) => judge(secret, place));
  return wrong.length > 0 ? wrong : [fine(secrets.map(({ registry }) => registry).join(', '))];
}

function judge(secret: FoundSecret, place: Place): Verdict[] {
  const { arn, registry, use, exists } = secret;
  if (use === 'cache' && !isHere(secret, place)) {
    return [
      stops(
        `imageCaches names a secret for ${registry} that is not in account ${place.account} and region ${place.region}, where ECR reads it: ${arn}.`,
      ),
    ];
  }
  if (exists) return [];
  const look = `aws secretsmanager list-secrets --query 'SecretList[].ARN' --region ${place.region}`;
  return use === 'cache'
    ? [stops(`imageCaches names a secret for ${registry} that does not exist: ${arn}.`, look)]
    : [
        hurts(
          `registryLogins names a secret for ${registry} that does not exist, so that its images cannot be pulled: ${arn}.`,
          look,
        ),
      ];
}
