/** Deleting a stage on AWS with everything that belongs to it. */
export { createClients } from './clients.ts';
export { namesOfStage } from './stage-names.ts';
export { findLeftData, surveyStage } from './survey.ts';
export { removeData, removeMade, removeStack } from './teardown.ts';
