/**
 * Returns a zone's offset in seconds at a local time.
 *
 * @param own the offset that is said to be the zone's: tells the two hours of autumn apart
 * @returns undefined: the zone is unknown, or `own` isn't its offset then
 */
export function zoneOffset(zone: string, local: number, own?: number): number | undefined {
  try {
    const format = new Intl.DateTimeFormat('en-u-hc-h23', {
      timeZone: zone,
      timeZoneName: 'longOffset',
    });
    const at = (seconds: number): number => {
      const name = format.formatToParts(seconds * 1000).find(({ type }) => type === 'timeZoneName')?.value ?? '';
      const [, sign = '+', hours = 0, minutes = 0, rest = 0] = /GMT([+-])(\d\d):(\d\d)(?::(\d\d))?/.exec(name) ?? [];
      return (sign === '-' ? -1 : 1) * (Number(hours) * 3600 + Number(minutes) * 60 + Number(rest));
    };
    if (own !== undefined) return at(local - own) === own ? own : undefined;
    // Twice: the first guess may be on the other side of a change of the clocks.
    return at(local - at(local - at(local)));
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}
