/** Whether tests that try very many inputs try all of them: for a release, not for each change. */
const THOROUGH = process.env.FLOWSERV_TEST_THOROUGH === '1';

/** How many inputs a test tries: the usual number, or all with `FLOWSERV_TEST_THOROUGH=1`. The inputs are always the same ones. */
export const inputs = (usual: number, all: number): number => (THOROUGH ? all : usual);
