import { ALL_SETTINGS, ISOLATED, WITH_GPU } from './all-settings.ts';

/**
 * The stages whose templates are checked: for development, for production, without CloudFront, with all settings, and
 * without a route to the internet, and with GPUs.
 */
export const stages = {
  dev: { production: false },
  prod: { production: true, protected: true },
  bare: { cloudFront: false },
  all: ALL_SETTINGS,
  isolated: ISOLATED,
  gpu: WITH_GPU,
};
export const stageNames = Object.keys(stages) as (keyof typeof stages)[];
