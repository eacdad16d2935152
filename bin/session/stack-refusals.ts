/** A stack as an operator names it. */
export interface StackChoice {
  /** Name of the CloudFormation stack, such as `flowserv-prod`. */
  readonly stack: string;
  /** Profile of AWS's shared files, in place of the one in the environment. */
  readonly profile?: string | undefined;
  /** Region of the stack, in place of the one of the environment or the profile. */
  readonly region?: string | undefined;
}

/** Credentials that are there and that AWS does not take (Query API, common errors). */
const REFUSED_CREDENTIALS = new Set([
  'ExpiredToken',
  'ExpiredTokenException',
  'IncompleteSignature',
  'InvalidClientTokenId',
  'RequestExpired',
  'SignatureDoesNotMatch',
  'UnrecognizedClientException',
]);

/**
 * Why CloudFormation has not described a stack, as a sentence with the mend.
 *
 * @param stacks names of the stacks that there are
 */
export async function refusalOf(
  error: unknown,
  choice: StackChoice,
  stacks: () => Promise<readonly string[]>,
): Promise<Error> {
  const { name, message } = error instanceof Error ? error : new Error(String(error));
  const say = (sentence: string) => new Error(sentence, { cause: error });
  const unknownCaller = accountRefusal(error, choice);
  if (unknownCaller) return unknownCaller;
  if (name === 'AccessDenied' || name === 'AccessDeniedException') {
    const mend = `attach the managed policy '${choice.stack}-operator…' of the stack to them`;
    return say(`these credentials may not describe stack '${choice.stack}' (${message}): ${mend}`);
  }
  if (name === 'ValidationError' && message.endsWith('does not exist'))
    return say(unknownStack(choice, await stacks().catch(() => [])));
  return say(`CloudFormation does not describe stack '${choice.stack}': ${message || name}`);
}

/**
 * Why AWS does not know who asks, or where, as a sentence with the mend; undefined for every other error.
 *
 * @param choice the profile that was named
 */
export function accountRefusal(error: unknown, choice: Pick<StackChoice, 'profile'>): Error | undefined {
  const { name, message } = error instanceof Error ? error : new Error(String(error));
  const say = (sentence: string) => new Error(sentence, { cause: error });
  if (name === 'CredentialsProviderError' || name === 'TokenProviderError')
    return say(`no AWS credentials (${message}): ${login(choice)}`);
  if (REFUSED_CREDENTIALS.has(name)) return say(`AWS refuses the credentials (${message}): ${login(choice)}`);
  if (/^Region (?:is missing|not accepted)/.test(message))
    return say("no region: name the stack's with --region, by AWS_REGION, or in the profile");
  return undefined;
}

function login({ profile }: Pick<StackChoice, 'profile'>): string {
  const profiles =
    profile === undefined ? 'name a profile with --profile' : `is there a profile '${profile}'?`;
  const command = profile === undefined ? 'aws sso login' : `aws sso login --profile ${profile}`;
  return `log in, such as by \`${command}\`; ${profiles}`;
}

function unknownStack({ stack, region }: StackChoice, stacks: readonly string[]): string {
  const where = region === undefined ? 'in this region and account' : `in region ${region} of this account`;
  const there = stacks.length === 0 ? 'no `flowserv-…` is seen there' : `there are ${stacks.join(', ')}`;
  return `stack '${stack}' does not exist ${where}; ${there}. Choose with --stack, --region and --profile`;
}
