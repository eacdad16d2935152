import { fine, informs, type Verdict } from '../finding.ts';

/**
 * No call tells whether an account is verified for CloudFront. One that has a distribution is; of any other nothing is
 * known before the first deployment.
 */
export function judgeEdge(hasDistributions: boolean): Verdict {
  if (hasDistributions) return fine('the account has distributions');
  return informs(
    'The account has no distribution, and no call tells whether it may have one. If the deployment fails with "Your account must be verified before you can add new CloudFront resources", open a support case ("Account and billing", "Account verification") and set cloudFront: false until it is answered.',
  );
}
