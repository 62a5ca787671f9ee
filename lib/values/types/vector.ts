import neo4j from 'neo4j-driver';
import { DefinitionError } from '../../errors.ts';
import type { Conversion, StorableType, ValueForm } from '../column-type.ts';
import { isInstance } from '../driver-class.ts';
import { shown } from '../options.ts';
import { fail, render, ValueError } from '../value.ts';
import { typedFloat } from './float.ts';

const { Vector } = neo4j.types;

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
      throw new DefinitionError(`got dimension ${shown(dimension)}, expected an integer from 1 to ${MAX_DIMENSION}`);
    }
    this.dimension = dimension;
  }

  /** The type's name, `VECTOR<FLOAT32>(3)`. */
  toString(): string {
    return `VECTOR<FLOAT32>(${this.dimension})`;
  }
}

/** Reads the dimension in a vector type's name; undefined: it is no vector type. @throws DefinitionError for an impossible dimension */
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
  const given = isInstance(value, Vector) ? value.asTypedArray() : value;
  const isList = Array.isArray(given) || given instanceof Float32Array || given instanceof Float64Array;
  if (!isList) return fail(value, `a vector of ${dimension ?? 'some'} numbers`);
  if (dimension === undefined ? given.length === 0 : given.length !== dimension) {
    throw new ValueError(`got a vector of ${given.length} numbers, expected ${dimension ?? 'at least 1'}`);
  }
  const vector = new Float32Array(given.length);
  for (let i = 0; i < vector.length; i += 1) {
    const element: unknown = given[i];
    // As float32 a finite number may be infinite.
    const number = typeof element === 'number' ? Math.fround(element) : Number.NaN;
    if (!Number.isFinite(number))
      throw new ValueError(`got ${render(element)} at ${i}, expected a finite float32 number`);
    vector[i] = number;
  }
  return vector;
}

/** A vector of any dimension, as a value without a schema may be one. */
export const anyVectorType: StorableType<Float32Array> = {
  name: 'VECTOR',
  encode: value => encodeVector(value),
  listable: false,
  classes: [Float32Array, Vector],
  stored: {
    form: 'object',
    text: ({ buffer, byteOffset, byteLength }) => `v${Buffer.from(buffer, byteOffset, byteLength).toString('base64')}`,
    toBolt: listOf,
    fromBolt: property => encodeVector(property),
    queryApi: {
      types: ['Vector'],
      write: value => `{"$type":"List","_value":[${Array.from(value, typedFloat).join(',')}]}`,
      read: content => (content as { coordinates: string[] }).coordinates.map(Number),
    },
    conversion: (_value, form) => CONVERSIONS[form],
  },
};

/** Returns the type of a column of vectors of one dimension. */
export function vectorType(dimension: number): StorableType<Float32Array> {
  const name = String(new VectorSchema(dimension));
  return { ...anyVectorType, name, encode: value => encodeVector(value, dimension) };
}

/** Only a procedure stores vectors as float32 on every server (a plain SET stores float64, twice the size). It takes no null. */
const CONVERSIONS: Readonly<Record<ValueForm, Conversion>> = {
  bolt6: byProcedure(value => neo4j.vector(value)),
  typed: byProcedure(listOf),
  json: byProcedure(listOf),
};

function byProcedure(send: (value: Float32Array) => unknown): Conversion {
  return { id: 'vector', send: value => send(value as Float32Array), takes: () => false, cypher: null };
}

/** As Array.from does, which takes eight times as long. */
function listOf(vector: Float32Array): number[] {
  const list = new Array<number>(vector.length);
  for (let i = 0; i < vector.length; i += 1) list[i] = vector[i] as number;
  return list;
}
