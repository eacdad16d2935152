import * as z from 'zod';
import type { Deployed } from '../deployed.ts';
import { does, type Edge, executionRoleOf, instead } from './edge.ts';

/** Settings of a stage with private images. */
export interface ImageSettings {
  readonly imageRepositories?: readonly string[];
  readonly registryLogins?: Readonly<
    Record<string, { readonly secretArn: string; readonly keyArn?: string }>
  >;
}

/** Requests of ECS with its role to get the image of a step. */
export const imageEdges = (deployed: Deployed, settings: ImageSettings): Edge[] => [
  ...pullEdges(deployed, settings),
  ...loginEdges(deployed, settings),
];

/** Amazon ECR, "IAM permissions required to pull an image". */
const PULL = ['ecr:BatchCheckLayerAvailability', 'ecr:GetDownloadUrlForLayer', 'ecr:BatchGetImage'];
/** Amazon ECR, "IAM permissions required to sync an upstream registry": for the first pull of an image. */
const IMPORT = ['ecr:BatchImportUpstreamImage', 'ecr:CreateRepository'];

/**
 * Images of the named repositories, and copies below the prefix of each rule; copies are created if a template of
 * repositories exists.
 */
function pullEdges(deployed: Deployed, { imageRepositories = [] }: ImageSettings): Edge[] {
  const { ofType, region, account } = deployed;
  const role = executionRoleOf(deployed);
  const ask = (actions: readonly string[]) => (name: string) =>
    actions.map((action) =>
      does('a task', role, action, `arn:aws:ecr:${region}:${account}:repository/${name}`),
    );
  const [pulls, imports] = [ask(PULL), ask(IMPORT)];
  const named = imageRepositories.map((pattern) => pattern.replace('*', 'hello'));
  const copies = ofType('AWS::ECR::PullThroughCacheRule').map(
    ({ properties }) => `${properties.EcrRepositoryPrefix}/library/hello`,
  );
  const imported = copies.flatMap(imports);
  const areMade = ofType('AWS::ECR::RepositoryCreationTemplate').length > 0;
  const login = does('a task', role, 'ecr:GetAuthorizationToken', '*');
  const others = ['other', 'flowserv-other/ecr/library/hello'];
  return [
    ...[...named, ...copies].flatMap(pulls),
    ...(areMade ? imported : imported.map((edge) => instead(edge, 'without copies', {}))),
    named.length + copies.length > 0 ? login : instead(login, 'without a private image', {}),
    ...others.flatMap(pulls).map((edge) => instead(edge, 'of another repository', {})),
    ...[...named, ...others].flatMap(imports).map((edge) => instead(edge, 'without copies', {})),
  ];
}

/**
 * Amazon ECS, "Using non-AWS container images in Amazon ECS": exactly the named secrets, and their keys through Secrets
 * Manager. ECR itself reads the secrets of the cache.
 */
function loginEdges(deployed: Deployed, { registryLogins = {} }: ImageSettings): Edge[] {
  const { ofType, region, account } = deployed;
  const role = executionRoleOf(deployed);
  const read = (secret: string) => does('a task', role, 'secretsmanager:GetSecretValue', secret);
  const by = (service: string) => ({ 'kms:ViaService': [`${service}.${region}.amazonaws.com`] });
  const decrypt = (key: string) => does('a task', role, 'kms:Decrypt', key, by('secretsmanager'));
  const cached = z
    .array(z.string())
    .parse(
      ofType('AWS::ECR::PullThroughCacheRule').flatMap(({ properties }) => properties.CredentialArn ?? []),
    );
  const logins = Object.values(registryLogins);
  const secrets = logins.map(({ secretArn }) => secretArn);
  const keys = logins.flatMap(({ keyArn }) => keyArn ?? []);
  const otherSecrets = [
    `arn:aws:secretsmanager:${region}:${account}:secret:registry/other-AbCdEf`,
    ...cached,
  ];
  return [
    ...secrets.map(read),
    ...secrets.map((secret) => instead(read(secret), 'longer', { resource: `${secret}-AbCdEf` })),
    ...otherSecrets.map((secret) => instead(read(secret), 'another', {})),
    ...keys.map(decrypt),
    ...keys.flatMap((key) => [
      instead(decrypt(key), 'by another service', { context: by('s3') }),
      instead(decrypt(key), 'by itself', { context: {} }),
      instead(decrypt(key), 'another key', { resource: key.replace(/[^/]*$/, '0a1b') }),
    ]),
  ];
}
