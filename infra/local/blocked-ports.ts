/**
 * Ports to which browsers and `fetch` do not connect, because they belong to protocols other than HTTP (Fetch
 * Standard, "Port blocking"). A server can listen on one of them, but clients never reach it.
 */
export const BLOCKED_PORTS: ReadonlySet<number> = new Set([
  1, 7, 9, 11, 13, 15, 17, 19, 20, 21, 22, 23, 25, 37, 42, 43, 53, 69, 77, 79, 87, 95, 101, 102, 103, 104,
  109, 110, 111, 113, 115, 117, 119, 123, 135, 137, 139, 143, 161, 179, 389, 427, 465, 512, 513, 514, 515,
  526, 530, 531, 532, 540, 548, 554, 556, 563, 587, 601, 636, 989, 990, 993, 995, 1719, 1720, 1723, 2049,
  3659, 4045, 4190, 5060, 5061, 6000, 6566, 6665, 6666, 6667, 6668, 6669, 6679, 6697, 10080,
]);

/**
 * @param setting name of the variable that sets the port
 * @throws Error with a sentence for the operator if clients would not connect to the port
 */
export function assertNotBlocked(port: number, setting: string): void {
  if (!BLOCKED_PORTS.has(port)) return;
  let other = port + 1;
  while (BLOCKED_PORTS.has(other) || other < 1024) other += 1;
  throw new Error(
    `port ${port} cannot be used: browsers and other web clients do not connect to it, as it belongs to ` +
      `another protocol; choose another with ${setting}, such as ${other}`,
  );
}
