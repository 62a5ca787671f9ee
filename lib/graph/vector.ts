import neo4j from 'neo4j-driver';
import { DefinitionError } from './errors.ts';
import { fail, render, ValueError } from './value.ts';

/** Most dimensions that a vector index of Neo4j takes. */
export const MAX_DIMENSION = 4096;

const TYPE = /^VECTOR<FLOAT32>\((\d+)\)$/;

/**
 * The type of a column of vectors, as `type` of a ColumnDef or as `neo4jType` in zod's metadata. Vectors are float32: each
 * number must be finite and within float32's range, and there must be `dimension` of them.
 */
export class VectorSchema {
  readonly dimension: number;

  /** @throws DefinitionError unless the dimension is an integer from 1 to 4096 */
  constructor(dimension: number) {
    if (!Number.isInteger(dimension) || dimension < 1 || dimension > MAX_DIMENSION) {
      throw new DefinitionError(`got dimension ${dimension}, expected an integer from 1 to ${MAX_DIMENSION}`);
    }
    this.dimension = dimension;
  }

  /** The type's name, `VECTOR<FLOAT32>(3)`. */
  toString(): string {
    return `VECTOR<FLOAT32>(${this.dimension})`;
  }
}

/** Dimension of a vector type by its name; undefined: it is none. @throws DefinitionError for an impossible dimension */
export function vectorDimension(type: string): number | undefined {
  const found = TYPE.exec(type)?.[1];
  return found === undefined ? undefined : new VectorSchema(Number(found)).dimension;
}

/**
 * Encodes a vector (a list of numbers, a Float32Array or Float64Array, the driver's Vector) as float32.
 *
 * @param dimension undefined: any but none
 * @throws ValueError unless it has that many numbers, each finite as float32
 */
export function encodeVector(value: unknown, dimension?: number): Float32Array {
  const given = neo4j.isVector(value as object) ? (value as { asTypedArray(): unknown }).asTypedArray() : value;
  const isList = Array.isArray(given) || given instanceof Float32Array || given instanceof Float64Array;
  if (!isList) return fail(value, `a vector of ${dimension ?? 'some'} numbers`);
  if (dimension === undefined ? given.length === 0 : given.length !== dimension) {
    throw new ValueError(`got a vector of ${given.length} numbers, expected ${dimension ?? 'at least 1'}`);
  }
  const vector = Float32Array.from(given, element => (typeof element === 'number' ? element : Number.NaN));
  const bad = vector.findIndex(element => !Number.isFinite(element));
  if (bad >= 0) throw new ValueError(`got ${render(given[bad])} at ${bad}, expected a finite float32 number`);
  return vector;
}
