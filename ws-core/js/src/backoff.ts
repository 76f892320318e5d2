/** The longest delay between two attempts, in seconds. */
const MAX_DELAY = 30;

/**
 * Returns the delay before the next attempt, in milliseconds, after `failures` failed attempts in a row: between half
 * and all of min(30 s, failures²). The random part spreads the clients of a server that restarts.
 */
export function backoff(failures: number, random: () => number = Math.random): number {
  return Math.min(MAX_DELAY, failures * failures) * 1000 * (1 - random() / 2);
}

/** The number of failures in a row after which the delay that the server asks for may be too short. */
const TRUSTED = 3;

/**
 * Returns the delay before the next attempt, in milliseconds: the one that the server asks for, if it does. A server that
 * asks for a short one again and again gets the backoff all the same.
 */
export function nextDelay(failures: number, asked: number | undefined, random?: () => number): number {
  if (asked === undefined) return backoff(failures, random);
  return failures <= TRUSTED ? asked : Math.max(asked, backoff(failures - TRUSTED, random));
}

/**
 * Close codes (RFC 6455, section 7.4.1, and IANA's registry) after which another attempt would end in the same way. 1002
 * is none of them: a browser sends no invalid frames, so a proxy did.
 */
const FINAL_CODES = [1000, 1003, 1007, 1008, 1009, 1010, 3000, 3003];

/** Returns whether to reconnect after a close with this code. Applications use 4400 to 4499 to end a connection for good. */
export function shouldReconnect(code: number): boolean {
  return !FINAL_CODES.includes(code) && (code < 4400 || code > 4499);
}

/** Returns the delay in a close reason such as `restarting; retry=2.5`, in milliseconds. The reason has it in seconds. */
export function retryDelay(reason: string): number | undefined {
  const match = /\bretry=(\d{1,5}(?:\.\d{1,3})?)\b/.exec(reason);
  return match ? Number(match[1]) * 1000 : undefined;
}
