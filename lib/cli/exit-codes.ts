/** What the exit codes of the command line mean, for scripts. */
export const EXIT = {
  /** Done, and nothing to see to. */
  ok: 0,
  /** The command failed: nothing is known, or not all was done. */
  failed: 1,
  /** Done, and there is something to see to: a plan with changes, rejected objects, differences. */
  found: 2,
  /** The command line itself is wrong. */
  usage: 64,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];
