import { createHash } from 'node:crypto';
import { createCredentialLookup } from '../../aws/credentials.ts';
import { SignatureError } from '../../aws/signature.ts';

/** SHA-256 of an empty body. */
export const EMPTY = createHash('sha256').update('').digest('hex');

/** The key pairs of AWS's published examples; they are not real credentials. */
export const SUITE = {
  accessKeyId: 'AKIDEXAMPLE',
  secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY',
};
export const S3 = {
  accessKeyId: 'AKIAIOSFODNN7EXAMPLE',
  secretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
};
export const credentials = createCredentialLookup([SUITE, S3]);

/** The error code of a rejected signature, or `accepted`. */
export function codeOf(act: () => unknown): string {
  try {
    act();
  } catch (error) {
    if (error instanceof SignatureError) return error.code;
    throw error;
  }
  return 'accepted';
}
