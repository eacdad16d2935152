import type { Config } from '../../shared/config.ts';
import { stepEnvironment } from '../../shared/step-settings.ts';
import { variables } from '../session/identifiers.ts';
import { dataFolder } from '../session/location.ts';
import { serverSettings } from '../session/server-settings.ts';
import { exportLine } from '../terminal/text.ts';
import { type AddCommand, type JsonChoice, jsonOption } from './options.ts';

export const addConfig: AddCommand = (parent, cli) => {
  parent
    .command('config')
    .description('print the current settings, without keys and token')
    .addOption(jsonOption())
    .action(async ({ json }: JsonChoice) => {
      const { env } = cli;
      const settings = {
        ...variablesOf(await serverSettings(cli)),
        FLOWSERV_API_DIR: dataFolder(env),
        ...chosen(env, [variables.workflow, variables.group]),
      };
      if (json) return cli.json(settings);
      const lines = Object.entries(settings).map(([name, value]) => exportLine(name, value));
      cli.print('Configuration settings:', '', ...lines, '');
    });
};

/** Variables by name, in the form in which they are set (flowServ configuration reference). */
function variablesOf(config: Config): Record<string, string> {
  const { protocol, hostname, port, pathname } = new URL(config.api.url);
  return {
    FLOWSERV_API_NAME: config.api.name,
    FLOWSERV_API_PROTOCOL: protocol.slice(0, -1),
    FLOWSERV_API_HOST: hostname,
    FLOWSERV_API_PORT: port === '' ? '80' : port,
    FLOWSERV_API_PATH: pathname,
    FLOWSERV_AUTH: config.auth,
    FLOWSERV_AUTH_TTL: String(config.tokenTtlSeconds),
    FLOWSERV_READ_ACCESS: config.readAccess,
    FLOWSERV_USER_LIST: config.userList,
    FLOWSERV_KEEP_DELETED_DAYS: String(config.keptDays),
    FLOWSERV_ATTEMPTS_BY_NAME: String(config.attempts.name),
    FLOWSERV_ATTEMPTS_BY_ADDRESS: String(config.attempts.address),
    FLOWSERV_UPLOAD_LIMIT: String(config.uploadLimit),
    FLOWSERV_PASSWORD_RESET: config.passwordReset,
    FLOWSERV_CAPACITY: String(config.capacity),
    ...stepEnvironment(config.steps),
    FLOWSERV_REPOSITORY: config.repository,
    ROB_WEBAPI_CONTENTLENGTH: String(config.api.bodyLimit),
  };
}

const chosen = (env: Readonly<Record<string, string | undefined>>, names: readonly string[]) =>
  Object.fromEntries(names.flatMap((name): [string, string][] => (env[name] ? [[name, env[name]]] : [])));
