import * as z from 'zod';

/** The full ARN of a secret, with the six characters that Secrets Manager appends to its name. */
const SECRET_ARN = /^arn:aws:secretsmanager:[a-z0-9-]+:\d{12}:secret:[\w/+=.@-]{1,512}-\w{6}$/;
const ID_RULE = 'must be 1 to 32 lower-case letters, digits and hyphens';
const URL_RULE = 'must be an https address without credentials, query or fragment';
/** Hosts that plain HTTP may reach: the token does not leave the computer. */
const LOOPBACK = new Set(['localhost', '127.0.0.1', '[::1]']);

const baseUrl = z
  .string()
  .max(512)
  .refine(isBaseUrl, URL_RULE)
  .transform((text) => text.replace(/(?<!\/)\/+$/, ''));

function isBaseUrl(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, hostname, username, password, search, hash } = new URL(text);
  const isSafe = protocol === 'https:' || (protocol === 'http:' && LOOPBACK.has(hostname));
  return isSafe && `${username}${password}${search}${hash}` === '';
}

/** Settings of every kind of engine, the same on AWS and locally. */
const engine = z.strictObject({
  /** Name of the engine in `flowserv workflows create --engine`. */
  id: z.string().regex(/^[a-z0-9-]{1,32}$/, ID_RULE),
  /** Base URL of its API. */
  url: baseUrl,
  /** Whether its operators may read private static files. Without it, workflows with such files cannot use it. */
  privateFiles: z.boolean().default(false),
});

/** A cluster of REANA, which always needs a token. */
const reana = engine.extend({ kind: z.literal('reana') });

/** A service with the API of GA4GH WES, whose base URL ends in `/ga4gh/wes/v1` by convention. */
const wes = engine.extend({
  kind: z.literal('wes'),
  /** The `workflow_engine` of run requests, for a service that has several; absent if the service chooses. */
  workflowEngine: z
    .string()
    .regex(/^[\w.+-]{1,64}$/, 'must be 1 to 64 letters, digits, dots, hyphens and underscores')
    .exactOptional(),
});

/** ARN of the Secrets Manager secret whose text is the token. */
const tokenSecret = z.string().regex(SECRET_ARN, 'must be the full ARN of a secret');
/** Path of the file whose text is the token. */
const tokenFile = z.string().min(1).max(4096);

/** A remote engine of a stage on AWS. */
export const stageEngine = z.discriminatedUnion('kind', [
  reana.extend({ tokenSecret }),
  wes.extend({ tokenSecret: tokenSecret.exactOptional() }),
]);

/** A remote engine in the environment: its token is in a secret on AWS, or in a file on a local server. */
const configuredEngine = z.union(
  [stageEngine, reana.extend({ tokenFile }), wes.extend({ tokenFile })],
  'must be an engine as in docs/engines.md, with an https url and a token',
);
export type ConfiguredEngine = z.output<typeof configuredEngine>;

/** Maximum number of engines: their settings are part of a function's environment. */
export const MAX_ENGINES = 10;

/** The check of a list of engines. */
export const distinctEngines = z.refine<readonly { readonly id: string }[]>(
  (engines) => new Set(engines.map(({ id }) => id)).size === engines.length,
  'two engines have the same id',
);

/** The variable `FLOWSERV_ENGINES`: a JSON list of engines. */
export const enginesVariable = z
  .string()
  .default('[]')
  .transform((text, context) => {
    try {
      return JSON.parse(text === '' ? '[]' : text) as unknown;
    } catch {
      context.issues.push({ code: 'custom', message: 'must be a JSON list', input: text });
      return z.NEVER;
    }
  })
  .pipe(z.array(configuredEngine).max(MAX_ENGINES).check(distinctEngines));
