import { fine, informs, type Verdict } from '../finding.ts';

/**
 * No call shows whether an account is verified for CloudFront. An account with a distribution is; for any other, only
 * the first deployment shows it.
 */
export function judgeEdge(hasDistributions: boolean): Verdict {
  if (hasDistributions) return fine('the account has distributions');
  return informs(
    'The account has no distribution, and no call shows whether it may have one. If the deployment fails with "Your account must be verified before you can add new CloudFront resources", open a support case ("Account and billing", "Account verification") and set cloudFront: false until it is answered.',
  );
}
