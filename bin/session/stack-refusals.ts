/** A stack as the operator chose it. */
export interface StackChoice {
  /** Name of the CloudFormation stack, such as `flowserv-prod`. */
  readonly stack: string;
  /** Profile of AWS's shared files, instead of that of the environment. */
  readonly profile?: string | undefined;
  /** Region of the stack, instead of that of the environment or the profile. */
  readonly region?: string | undefined;
}

/** Errors of AWS for existing but invalid credentials (Query API, common errors). */
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
 * Returns why CloudFormation did not describe a stack, as a sentence that says how to fix it.
 *
 * @param stacks names of the existing stacks
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
    const fix = `attach the managed policy '${choice.stack}-operator…' of the stack to them`;
    return say(`these credentials may not describe stack '${choice.stack}' (${message}): ${fix}`);
  }
  if (name === 'ValidationError' && message.endsWith('does not exist'))
    return say(unknownStack(choice, await stacks().catch(() => [])));
  return say(`CloudFormation cannot describe stack '${choice.stack}': ${message || name}`);
}

/**
 * Returns why AWS does not accept the credentials or region, as a sentence that says how to fix it; undefined for other
 * errors.
 *
 * @param choice the chosen profile
 */
export function accountRefusal(error: unknown, choice: Pick<StackChoice, 'profile'>): Error | undefined {
  const { name, message } = error instanceof Error ? error : new Error(String(error));
  const say = (sentence: string) => new Error(sentence, { cause: error });
  if (name === 'CredentialsProviderError' || name === 'TokenProviderError')
    return say(`no AWS credentials (${message}): ${login(choice)}`);
  if (REFUSED_CREDENTIALS.has(name)) return say(`AWS rejects the credentials (${message}): ${login(choice)}`);
  if (/^Region (?:is missing|not accepted)/.test(message))
    return say("no region: set the stack's with --region, by AWS_REGION, or in the profile");
  return undefined;
}

function login({ profile }: Pick<StackChoice, 'profile'>): string {
  const profiles =
    profile === undefined ? 'choose a profile with --profile' : `does profile '${profile}' exist?`;
  const command = profile === undefined ? 'aws sso login' : `aws sso login --profile ${profile}`;
  return `log in, such as by \`${command}\`; ${profiles}`;
}

function unknownStack({ stack, region }: StackChoice, stacks: readonly string[]): string {
  const where = region === undefined ? 'in this region and account' : `in region ${region} of this account`;
  const there = stacks.length === 0 ? 'there is no `flowserv-…`' : `there are ${stacks.join(', ')}`;
  return `stack '${stack}' does not exist ${where}; ${there}. Choose with --stack, --region and --profile`;
}
