import { fine, stops, type Verdict } from '../finding.ts';
import type { AccountRegion } from './stack.ts';

/**
 * @param version what the parameter holds; undefined where there is none
 * @param wanted the least version that the template takes
 */
export function judgeBootstrap(
  version: string | undefined,
  wanted: number,
  { account, region }: AccountRegion,
): Verdict {
  const command = `npx cdk bootstrap aws://${account}/${region}`;
  if (version === undefined) return stops('CDK has not been prepared in this account and region.', command);
  const number = Number(version);
  if (!(number >= wanted)) {
    return stops(`CDK was prepared here in version ${version}; the template asks for ${wanted}.`, command);
  }
  return fine(`version ${version}`);
}
