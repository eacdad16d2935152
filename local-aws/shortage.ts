/** A resource that the host ran out of, as a service reports it. */
export interface Shortage {
  readonly status: 507 | 503;
  /** Name of the SDK's exception. */
  readonly code: 'InsufficientStorage' | 'ServiceUnavailable';
  /** A message for the caller. */
  readonly message: string;
}

/** AWS has no error for a full disk. 507 is HTTP's (RFC 4918), and the SDK does not retry it. */
const NO_SPACE: Shortage = {
  status: 507,
  code: 'InsufficientStorage',
  message: "no space left on the server's disk",
};
const READ_ONLY: Shortage = {
  status: 507,
  code: 'InsufficientStorage',
  message: "the server's disk cannot be written",
};
/** The error of AWS itself, which the SDK retries. */
const BUSY: Shortage = {
  status: 503,
  code: 'ServiceUnavailable',
  message: 'the server has run out of files, memory or processes; please try again',
};

/** Codes of the operating system (errno(3)) as Node names them. */
const SYSTEM_CODES: Readonly<Record<string, Shortage>> = {
  ENOSPC: NO_SPACE,
  EDQUOT: NO_SPACE,
  EROFS: READ_ONLY,
  EMFILE: BUSY,
  ENFILE: BUSY,
  ENOMEM: BUSY,
  ENOBUFS: BUSY,
  EAGAIN: BUSY,
};

/** Result codes of SQLite (sqlite.org/rescode.html): FULL and IOERR_SHMSIZE, READONLY, NOMEM and CANTOPEN. */
const SQLITE_CODES: Readonly<Record<number, Shortage>> = {
  13: NO_SPACE,
  4874: NO_SPACE,
  8: READ_ONLY,
  7: BUSY,
  14: BUSY,
};

/** LevelDB reports only the system's messages (strerror(3)), without a code. */
const SYSTEM_TEXTS: readonly (readonly [RegExp, Shortage])[] = [
  [/No space left on device|Disk quota exceeded/, NO_SPACE],
  [/Read-only file system/, READ_ONLY],
  [/Too many open files|Cannot allocate memory/, BUSY],
];

/** The shortage that an error or one of its causes reports; undefined for any other error. */
export function findShortage(error: unknown): Shortage | undefined {
  if (!(error instanceof Error)) return undefined;
  return ownShortage(error) ?? findShortage(error.cause);
}

function ownShortage(error: Error): Shortage | undefined {
  if ('errcode' in error && typeof error.errcode === 'number') {
    return SQLITE_CODES[error.errcode] ?? SQLITE_CODES[error.errcode & 0xff];
  }
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  if (code.startsWith('LEVEL_')) return SYSTEM_TEXTS.find(([text]) => text.test(error.message))?.[1];
  return SYSTEM_CODES[code];
}
