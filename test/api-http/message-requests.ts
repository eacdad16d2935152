const ofWorkflow = { workflowId: 'HWP' };
const ofNone = { ...ofWorkflow, webhookId: 'unknown' };
const events = ['run.ended'];

/** Requests about announcements and webhooks that change nothing: with invalid content, or of an object that does not exist. */
export const messageRequests = {
  'announcements:list': async () => ({ params: ofWorkflow }),
  'announcements:create': async () => ({ params: ofWorkflow, body: { text: '' } }),
  'announcements:remove': async () => ({ params: { ...ofWorkflow, announcementId: 'unknown' } }),
  'subscription:get': async () => ({ params: ofWorkflow }),
  'subscription:set': async () => ({ params: ofWorkflow, body: { events: [] } }),
  'webhooks:list': async () => ({ params: ofWorkflow }),
  'webhooks:create': async () => ({ params: ofWorkflow, body: { url: '', events } }),
  'webhooks:change': async () => ({ params: ofNone, body: { events } }),
  'webhooks:remove': async () => ({ params: ofNone }),
  'webhooks:test': async () => ({ params: ofNone }),
  'webhooks:deliveries': async () => ({ params: ofNone }),
};
