import type { ParticipantState } from '../participants/states.ts';
import { allPages } from './organiser-methods.ts';
import type { Transport } from './transport.ts';

/** The methods of the client for taking part in a benchmark. */
export const participantMethods = ({ read }: Transport) => ({
  /** Returns the rules of a benchmark. @example const { text, version } = await client.workflows.rules(workflowId); */
  rules: (workflowId: string) => read('rules:get', { params: { workflowId } }),
  /** Accepts the rules. @example await client.workflows.acceptRules(workflowId, rules.version); */
  acceptRules: (workflowId: string, version: string) =>
    read('rules:accept', { params: { workflowId }, json: { version } }),
  /**
   * Lists who accepted which version of the rules; one request per page of the list.
   *
   * @example
   * const accepted = await client.workflows.acceptances(workflowId);
   */
  acceptances: (workflowId: string) =>
    allPages(async (cursor) => {
      const { accepted, nextCursor } = await read('rules:accepted', {
        params: { workflowId },
        query: { cursor },
      });
      return { entries: accepted, nextCursor };
    }),
  /** Returns what the caller needs to take part. @example await client.workflows.participation(workflowId); */
  participation: (workflowId: string) => read('participation:get', { params: { workflowId } }),
  /** Asks to take part. @example const { approval } = await client.workflows.askToJoin(workflowId); */
  askToJoin: (workflowId: string) => read('participation:ask', { params: { workflowId } }),
  /**
   * Lists the users who asked to take part; one request per page of the list.
   *
   * @example
   * const waiting = await client.workflows.participants(workflowId, 'requested');
   */
  participants: (workflowId: string, state?: ParticipantState) =>
    allPages(async (cursor) => {
      const { participants, nextCursor } = await read('participants:list', {
        params: { workflowId },
        query: { state, cursor },
      });
      return { entries: participants, nextCursor };
    }),
  /**
   * Approves or declines that a user takes part.
   *
   * @param reason what the user reads
   * @example
   * await client.workflows.decideOn(workflowId, user.id, 'approved');
   */
  decideOn: (workflowId: string, userId: string, state: 'approved' | 'declined', reason?: string) =>
    read('participants:decide', { params: { workflowId, userId }, json: { state, reason } }),
});
