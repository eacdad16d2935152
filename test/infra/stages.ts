import { ALL_SETTINGS } from './all-settings.ts';

/** The stages that templates are checked of: small, for people, without CloudFront, and with everything. */
export const stages = {
  dev: { production: false },
  prod: { production: true, protected: true },
  bare: { cloudFront: false },
  all: ALL_SETTINGS,
};
export const stageNames = Object.keys(stages) as (keyof typeof stages)[];
