import * as z from 'zod';
import type { Deployed } from '../deployed.ts';
import { does, type Edge, instead } from './edge.ts';

const lambda = z.object({
  Role: z.string(),
  Environment: z.object({ Variables: z.record(z.string(), z.string()).default({}) }).optional(),
});
const volumes = z.array(
  z.object({
    id: z.string(),
    type: z.string(),
    args: z.record(z.string(), z.string()),
    readOnly: z.boolean(),
    credentialsSecret: z.string().optional(),
  }),
);

/** Storage volumes are used by one function only: by the credentials in a secret, or with its role. */
export function volumeEdges({ ofType, region, account }: Deployed): Edge[] {
  const functions = ofType('AWS::Lambda::Function').map(({ properties }) => lambda.parse(properties));
  const variable = (one: z.output<typeof lambda>) => one.Environment?.Variables.FLOWSERV_VOLUMES;
  const other = functions.find((one) => variable(one) === undefined)?.Role ?? '';
  return functions.flatMap((one) =>
    volumes.parse(JSON.parse(variable(one) ?? '[]')).flatMap((volume) => {
      const { id, credentialsSecret, args, readOnly } = volume;
      if (credentialsSecret !== undefined) {
        const read = does(`volume ${id}`, one.Role, 'secretsmanager:GetSecretValue', credentialsSecret);
        const elsewhere = `arn:aws:secretsmanager:${region}:${account}:secret:other-AbCdEf`;
        return [
          read,
          instead(read, 'another secret', { resource: elsewhere }),
          instead(read, 'by another function', { principal: other }),
        ];
      }
      const signed = { 's3:authType': ['REST-HEADER'] };
      const bucket = `arn:aws:s3:::${args.bucket}`;
      const object = `${bucket}/${args.prefix ?? ''}runs/0a1b/x.txt`;
      const get = does(`volume ${id}`, one.Role, 's3:GetObject', object, signed);
      const put = does(`volume ${id}`, one.Role, 's3:PutObject', object, signed);
      const outside = `${bucket}/elsewhere/x.txt`;
      return [
        get,
        does(`volume ${id}`, one.Role, 's3:ListBucket', bucket),
        readOnly ? instead(put, 'to a volume that is only read', {}) : put,
        instead(get, 'by a link', { context: { ...get.context, 's3:authType': ['REST-QUERY-STRING'] } }),
        instead(get, 'without TLS', { context: { ...get.context, 'aws:SecureTransport': ['false'] } }),
        instead(get, 'by another function', { principal: other }),
        ...(args.prefix === undefined ? [] : [instead(get, 'outside its prefix', { resource: outside })]),
      ];
    }),
  );
}
