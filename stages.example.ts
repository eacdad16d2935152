import type { Stages } from './infra/aws/stage-settings.ts';

/**
 * Settings of your stages: copy this file to `stages.ts`, which is yours. Upgrades never touch that file; keep it in
 * the repository of your team.
 *
 * A setting that you leave out has its default. Your editor lists all of them as you type and shows what they mean;
 * docs/deploy.md has them in a table. Everything here becomes part of a template that many may read: no secrets.
 */
export default {
  /** To try things out: its table is deleted with its stack. */
  dev: {},

  /** For a contest: `npx cdk deploy -c stage=prod`. */
  prod: {
    apiName: 'Our benchmark',
    capacity: 6,
    alarmEmail: 'operators@example.org',
    /** Set it once the first deployment has succeeded. */
    protected: false,
  },
} satisfies Stages;
