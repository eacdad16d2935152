/** Deletes a stage on AWS with everything that belongs to it. */
export { surveyCreated } from '../../shared/teardown/made.ts';
export { namesOfStage } from '../../shared/teardown/stage-names.ts';
export { createClients } from './clients.ts';
export { checkDeletable } from './deletable.ts';
export { findLeftData, surveyStage } from './survey.ts';
export { removeData, removeMadeOf, removeStack } from './teardown.ts';
