import type { Check } from './check.ts';
import { archiveChecks } from './checks/archives.ts';
import { capacityChecks } from './checks/capacity.ts';
import { edgeChecks } from './checks/edge.ts';
import { hostChecks } from './checks/hosts.ts';
import { imageChecks } from './checks/images.ts';
import { linkChecks } from './checks/links.ts';
import { requestChecks } from './checks/requests.ts';
import { runChecks } from './checks/runs.ts';
import { stepChecks } from './checks/steps.ts';
import { versionChecks } from './checks/versions.ts';
import { volumeChecks } from './checks/volumes.ts';
import { watchChecks } from './checks/watch.ts';
import { webhookChecks } from './checks/webhooks.ts';

/** All checks in their order: cheap ones first, and the logs, which cover all others, last. */
export const checks: readonly Check[] = [
  ...requestChecks,
  ...edgeChecks,
  ...linkChecks,
  ...runChecks,
  ...stepChecks,
  ...hostChecks,
  ...volumeChecks,
  ...versionChecks,
  ...webhookChecks,
  ...imageChecks,
  ...capacityChecks,
  ...archiveChecks,
  ...watchChecks,
];
