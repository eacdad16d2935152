import { MAX_LINK_SECONDS } from '../../../shared/volumes/presign.ts';
import type { Deployed } from '../deployed.ts';
import { type Edge, withoutTls } from './edge.ts';
import type { Permission } from './policies.ts';

const LONGEST = MAX_LINK_SECONDS * 1000;

/**
 * Links that functions sign are requests of the function's role, and the policy of the bucket also decides (Amazon S3,
 * "Amazon S3 Signature Version 4 authentication specific policy keys"). Every role that reads or writes objects can
 * sign.
 */
export function linkEdges({ ofType }: Deployed, permissions: readonly Permission[]): Edge[] {
  const functions = ofType('AWS::Lambda::Function').map(({ properties }) => properties.Role);
  const objects = permissions.filter(
    ({ kind, holder, statement }) =>
      kind === 'role' &&
      functions.includes(holder) &&
      /^s3:(Get|Put)Object$/.test(statement.actions.join()) &&
      // Storage volumes are used without links.
      !statement.conditions.some(({ key }) => key === 's3:authType'),
  );
  return objects.flatMap(({ holder, statement }) => {
    const [action = ''] = statement.actions;
    const [pattern = ''] = statement.resources;
    const link = (age: number): Edge => ({
      name: `${action} of ${pattern} by a link of ${holder} of ${age} ms`,
      principal: holder,
      action,
      resource: pattern.replaceAll('*', '0a1b'),
      context: {
        'aws:SecureTransport': ['true'],
        's3:authType': ['REST-QUERY-STRING'],
        's3:signatureversion': ['AWS4-HMAC-SHA256'],
        's3:signatureAge': [String(age)],
      },
      decision: 'allowed',
    });
    const fresh = link(0);
    const { 's3:signatureAge': _, ...unlinked } = fresh.context;
    const byHeader = { ...unlinked, 's3:authType': ['REST-HEADER'] };
    return [
      fresh,
      link(LONGEST),
      { ...link(LONGEST + 1), decision: 'denied' },
      { ...fresh, name: `${fresh.name}, signed in its headers`, context: byHeader },
      withoutTls(fresh),
      {
        ...fresh,
        name: `${fresh.name}, of another object`,
        resource: fresh.resource.replace(/^(arn:aws:s3:::[^/]+)\/.*$/, '$1/elsewhere/0a1b'),
        decision: 'not allowed',
      },
    ];
  });
}
