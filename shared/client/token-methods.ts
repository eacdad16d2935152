import type * as z from 'zod';
import type { tokenBody } from '../api/bodies.ts';
import type { Transport } from './transport.ts';

export type NewToken = z.input<typeof tokenBody>;

/** The methods of the client for API tokens. They need a session. */
export const tokenMethods = ({ read, send }: Transport) => ({
  /**
   * Creates an API token. Only this response contains the `token` itself.
   *
   * @example
   * const { token } = await client.tokens.create({
   *   name: 'CI', expires: '2027-01-31', scope: { access: 'submit', workflow: workflowId },
   * });
   */
  create: (token: NewToken) => read('tokens:create', { json: token }),
  /** Lists the user's API tokens. @example const tokens = await client.tokens.list(); */
  list: async () => (await read('tokens:list')).tokens,
  /** Revokes an API token. @example await client.tokens.revoke(token.id); */
  revoke: async (tokenId: string) => {
    await send('tokens:revoke', { params: { tokenId } });
  },
});
