import { fine, stops, type Verdict } from '../finding.ts';
import type { AccountRegion } from './stack.ts';

/**
 * @param version value of the parameter; undefined if it is missing
 * @param wanted lowest version that the template accepts
 */
export function judgeBootstrap(
  version: string | undefined,
  wanted: number,
  { account, region }: AccountRegion,
): Verdict {
  const command = `npx cdk bootstrap aws://${account}/${region}`;
  if (version === undefined) return stops('CDK is not bootstrapped in this account and region.', command);
  const number = Number(version);
  if (!(number >= wanted)) {
    return stops(`CDK is bootstrapped here in version ${version}; the template requires ${wanted}.`, command);
  }
  return fine(`version ${version}`);
}
