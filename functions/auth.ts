import type { APIGatewayProxyEventV2, Context, SQSEvent } from 'aws-lambda';
import { tokenOperations } from '../shared/api/operations/tokens.ts';
import { userOperations } from '../shared/api/operations/users.ts';
import { mailOrder } from '../shared/services/messages.ts';
import type { Services } from '../shared/services/services.ts';
import { sendAccountMail } from '../shared/users/account-mail.ts';
import { createApiHandler } from './events/api-handler.ts';
import { eachRecord } from './events/each-record.ts';

/**
 * Accounts and sessions: the one function that handles passwords, sized for hashing them. It also sends the mails
 * that its own requests order, so that no other function handles a code.
 */
export const createHandler = (services: Services) => {
  const api = createApiHandler(services, [...userOperations, ...tokenOperations]);
  return (event: APIGatewayProxyEventV2 | SQSEvent, context: Context) =>
    'Records' in event
      ? eachRecord(event, (body) => sendAccountMail(services, mailOrder.parse(body)))
      : api(event, context);
};
