/** Why nothing can be stored, to whoever wants to: requests, steps and their runs. */
export const NO_SPACE = "no space left on the server's disk";
