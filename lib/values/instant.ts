const NANOS_PER_MILLI = 1_000_000n;

/**
 * A Date with digits beyond milliseconds, as files have them: `toISOString()`, JSON and what is stored have all of them.
 * A Date made of it (`new Date(...)`, `z.coerce.date()`) has milliseconds only.
 */
export class Instant extends Date {
  /** Nanoseconds beyond the millisecond, 0 to 999,999. */
  readonly nanoseconds: number;

  constructor(milliseconds: number, nanoseconds: number) {
    super(milliseconds);
    this.nanoseconds = nanoseconds;
  }

  override toISOString(): string {
    const text = super.toISOString();
    return `${text.slice(0, -1)}${String(this.nanoseconds).padStart(6, '0')}Z`;
  }
}

/** Makes a Date of the nanoseconds since 1970, with all its digits; an invalid one beyond the years that a Date has. */
export function instantOf(nanoseconds: bigint): Date {
  const beyond = ((nanoseconds % NANOS_PER_MILLI) + NANOS_PER_MILLI) % NANOS_PER_MILLI;
  const milliseconds = Number((nanoseconds - beyond) / NANOS_PER_MILLI);
  return beyond === 0n ? new Date(milliseconds) : new Instant(milliseconds, Number(beyond));
}
