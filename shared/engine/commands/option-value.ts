const NUMBER = /^-?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d+)?$/;

/** Whether a program would read a value as an option instead of an operand. */
export const isOptionValue = (value: string): boolean => /^-\S/.test(value) && !NUMBER.test(value);
