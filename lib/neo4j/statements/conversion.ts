import { GraphdropError } from '../../errors.ts';
import type { Conversion, ValueForm } from '../../values/column-type.ts';
import { typeOf } from '../../values/column-types.ts';
import type { Value } from '../../values/value.ts';

/** A value that the connection has no form for, and that Cypher can't make of another: its object is rejected. */
export class UnsendableValueError extends GraphdropError {
  readonly code = 'UNSENDABLE_VALUE';
}

/** How a value has to be sent by a connection; undefined: as it is. @throws UnsendableValueError */
export function conversionOf(value: Value, form: ValueForm): Conversion | undefined {
  const conversion = typeOf(value).stored.conversion?.(value, form);
  if (conversion !== undefined && 'unsendable' in conversion) throw new UnsendableValueError(conversion.unsendable);
  return conversion;
}
