import { fine, hurts, stops, type Verdict } from '../finding.ts';

/** A secret that the settings name. */
export interface NamedSecret {
  readonly arn: string;
  /** The registry whose login it holds, the remote engine whose token it is, or the storage volume. */
  readonly of: string;
  /**
   * `cache` if ECR logs in to fetch copies, `login` if tasks do, `token` if the function of remote runs reads
   * it, `volume` if the function of transfers does.
   */
  readonly use: 'cache' | 'login' | 'token' | 'volume';
}

/** A secret, and whether it exists. */
export interface FoundSecret extends NamedSecret {
  readonly exists: boolean;
}

interface AccountRegion {
  readonly account: string;
  readonly region: string;
}

/** Whether a secret is in the account and region of the stage, where ECR reads the secrets of its rules. */
export const isHere = ({ arn }: NamedSecret, { account, region }: AccountRegion): boolean =>
  arn.split(':')[3] === region && arn.split(':')[4] === account;

/**
 * ECR rejects a rule without its secret (Amazon ECR API reference, CreatePullThroughCacheRule); tasks would fail later.
 */
export function judgeSecrets(secrets: readonly FoundSecret[], accountRegion: AccountRegion): Verdict[] {
  const wrong = secrets.flatMap((secret) => judge(secret, accountRegion));
  return wrong.length > 0 ? wrong : [fine(secrets.map(({ of }) => of).join(', '))];
}

/** What happens without a secret that the deployment itself does not need. */
const LATER = {
  login: { setting: 'registryLogins', effect: 'its images cannot be pulled' },
  token: { setting: 'engines', effect: 'runs there wait' },
  volume: { setting: 'volumes', effect: 'steps that use it fail' },
} as const;

function judge(secret: FoundSecret, accountRegion: AccountRegion): Verdict[] {
  const { arn, of, use, exists } = secret;
  if (use === 'cache' && !isHere(secret, accountRegion)) {
    return [
      stops(
        `imageCaches names a secret for ${of} that is not in account ${accountRegion.account} and region ${accountRegion.region}, where ECR reads it: ${arn}.`,
      ),
    ];
  }
  if (exists) return [];
  const look = `aws secretsmanager list-secrets --query 'SecretList[].ARN' --region ${accountRegion.region}`;
  if (use === 'cache')
    return [stops(`imageCaches names a secret for ${of} that does not exist: ${arn}.`, look)];
  const { setting, effect } = LATER[use];
  return [hurts(`${setting} names a secret for ${of} that does not exist, so that ${effect}: ${arn}.`, look)];
}
