import type { Transport } from './transport.ts';

/** Methods about what organisers say to everyone who takes part. */
export const announcementMethods = ({ read, send }: Transport) => ({
  /** Pauses submissions. For organisers. @example await client.workflows.pause(workflowId, 'we replace the data'); */
  pause: (workflowId: string, reason: string) =>
    read('workflows:pause', { params: { workflowId }, json: { reason } }),
  /** Resumes submissions. @example await client.workflows.resume(workflowId); */
  resume: async (workflowId: string) => {
    await send('workflows:resume', { params: { workflowId } });
  },
  /** Lists announcements, the newest first. @example const [last] = await client.workflows.announcements(workflowId); */
  announcements: async (workflowId: string) =>
    (await read('announcements:list', { params: { workflowId } })).announcements,
  /**
   * Announces a text, which may be Markdown, to everyone who sees the workflow. For organisers.
   *
   * @example
   * const { id } = await client.workflows.announce(workflowId, 'The deadline is *Friday*.');
   */
  announce: (workflowId: string, text: string) =>
    read('announcements:create', { params: { workflowId }, json: { text } }),
  /** Removes an announcement. @example await client.workflows.removeAnnouncement(workflowId, id); */
  removeAnnouncement: async (workflowId: string, announcementId: string) => {
    await send('announcements:remove', { params: { workflowId, announcementId } });
  },
});
