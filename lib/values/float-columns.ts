/**
 * Names the properties of a record that its file has as FLOAT: in JavaScript 2.0 is 2, which a table without a schema would store
 * as INTEGER. A copy of the record (`{ ...record }`) and the output of the source's schema have it too.
 */
export const FLOAT_COLUMNS = Symbol('FLOAT columns');

/** A record as a reader gives it. */
export interface WithFloats {
  [FLOAT_COLUMNS]?: ReadonlySet<string>;
}
