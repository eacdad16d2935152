/** The reason that requests, steps and their runs get when nothing can be stored. */
export const NO_SPACE = "no space left on the server's disk";
