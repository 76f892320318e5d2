/** The longest wait between two attempts, in seconds. */
const LONGEST = 30;

/**
 * Returns the time to wait after so many failures in a row, in milliseconds: min(30 s, failures²), of which a random
 * part of up to a half is taken away. So the clients of a server that restarts do not come back all at once.
 */
export function backoff(failures: number, random: () => number = Math.random): number {
  return Math.min(LONGEST, failures * failures) * 1000 * (1 - random() / 2);
}

/** The closes after which a new attempt would end in the same way: RFC 6455, section 7.4.1, and IANA's registry. */
const FINAL = [1000, 1002, 1003, 1007, 1008, 1009, 1010, 3000, 3003];

/** Whether to connect again after a close with this code. 4400 to 4499 are for applications that want no attempt. */
export function comesBack(code: number): boolean {
  return !FINAL.includes(code) && (code < 4400 || code > 4499);
}

/** Returns the wait that a close reason asks for, in milliseconds: `the server restarts; retry=2.5`. */
export function retryAfter(reason: string): number | undefined {
  const found = /\bretry=(\d{1,5}(?:\.\d{1,3})?)\b/.exec(reason);
  return found ? Number(found[1]) * 1000 : undefined;
}
