/**
 * A float as the server writes it: what Java's `Double.toString` gives since JDK 19 (older ones print more digits of some
 * values), with non-finite values as JSON strings.
 */
export function floatJson(value: number): string {
  if (!Number.isFinite(value)) return `"${value}"`;
  if (value === 0) return Object.is(value, -0) ? '-0.0' : '0.0';
  const [mantissa = '', exponent = ''] = shortest(value).split('e');
  const power = Number(exponent);
  const sign = mantissa.startsWith('-') ? '-' : '';
  const digits = mantissa.replace(/[-.]/g, '');
  if (power >= -3 && power < 7) {
    if (power < 0) return `${sign}0.${'0'.repeat(-power - 1)}${digits}`;
    const whole = digits.slice(0, power + 1).padEnd(power + 1, '0');
    return `${sign}${whole}.${digits.slice(power + 1) || '0'}`;
  }
  return `${sign}${digits[0]}.${digits.slice(1) || '0'}E${power}`;
}

/** The fewest digits that tell the value from its neighbours; where one would do, the nearest of two (4.9E-324). */
function shortest(value: number): string {
  const two = value.toExponential(1);
  const text = value.toExponential();
  return text.includes('.') || two.includes('.0') || Number(two) !== value ? text : two;
}
