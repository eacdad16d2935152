/** CPU units of one vCPU (Amazon ECS, task CPU and memory). */
const UNITS_PER_VCPU = 1024;

/** Size of a step's task. Steps cannot choose their own yet. */
export const STEP_SIZE = { cpu: '1024', memory: '2048' } as const;

/** vCPUs of a step's task. */
export const STEP_VCPUS = Number(STEP_SIZE.cpu) / UNITS_PER_VCPU;
