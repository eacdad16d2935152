/** Whether tests with very many inputs try all of them: before a release, not for each change. */
const THOROUGH = process.env.FLOWSERV_TEST_THOROUGH === '1';

/**
 * Returns how many inputs a test tries: the usual number, or all with `FLOWSERV_TEST_THOROUGH=1`. The inputs never
 * change.
 */
export const inputs = (usual: number, all: number): number => (THOROUGH ? all : usual);
