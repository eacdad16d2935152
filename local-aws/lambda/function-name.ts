import { InvokeError } from './errors.ts';

/** The account and region of the functions of a host. */
export interface AccountRegion {
  /** Region of the ARNs. */
  readonly region: string;
  /** Account of the ARNs. */
  readonly accountId: string;
}

/**
 * Returns the plain name from any form that the Invoke API accepts: `name`, `account:function:name` or the full ARN,
 * each with or without a qualifier. A name has at most 64 letters, digits, `-` and `_`.
 * Source: Lambda API reference, Invoke, FunctionName.
 *
 * @throws InvokeError for a malformed name, or one of another account or region
 */
export function plainFunctionName(given: string, accountRegion: AccountRegion): string {
  const match =
    /^(?:(?:arn:aws[a-z-]*:lambda:([a-z0-9-]+):)?(\d{12}):function:)?([A-Za-z0-9_-]{1,64})(?::(\$LATEST|[A-Za-z0-9_-]+))?$/.exec(
      given,
    );
  const [, region = accountRegion.region, accountId = accountRegion.accountId, name] = match ?? [];
  if (name === undefined || region !== accountRegion.region || accountId !== accountRegion.accountId) {
    throw unknownFunction(given);
  }
  return name;
}

/** The ARN in a function's context. A full ARN is kept, with its qualifier. */
export function invokedArn(given: string, name: string, accountRegion: AccountRegion): string {
  return given.startsWith('arn:')
    ? given
    : `arn:aws:lambda:${accountRegion.region}:${accountRegion.accountId}:function:${name}`;
}

export const unknownFunction = (name: string) =>
  new InvokeError('ResourceNotFoundException', `Function not found: ${name}`);
