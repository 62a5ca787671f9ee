import { createRequire } from 'node:module';
import type { Declaration } from '../../lib/definition/declaration.ts';
import { RowError } from '../../lib/errors.ts';
import { InvalidRecords } from '../../lib/files/problems.ts';
import { readRecords } from '../../lib/files/read-records.ts';
import { RejectedObjectError } from '../../lib/files/rejection.ts';
import { ContextKey, flow, type NodeTable } from '../../lib/index.ts';
import { UnsendableValueError } from '../../lib/neo4j/statements/conversion.ts';
import { upsertNodes } from '../../lib/neo4j/statements/node-statements.ts';
import { toParameter } from '../../lib/neo4j/statements/parameter.ts';
import { jsonMap } from '../../lib/neo4j/transport/json-list.ts';
import { toPlainJson } from '../../lib/neo4j/transport/plain-json.ts';
import { fromTypedJson, type Typed, toTypedFields, toTypedJson } from '../../lib/neo4j/transport/typed-json.ts';
import type { ValueForm } from '../../lib/values/column-type.ts';
import type { Value } from '../../lib/values/value.ts';
import { compareFingerprint, differingProperties } from '../../lib/verify/stored-values.ts';
import { chunked } from '../files/chunked.ts';
import { pick, type Random } from './damage.ts';
import { type FileSeed, recordFiles } from './files.ts';
import type { Target } from './target.ts';

let table: NodeTable | undefined;
flow(new ContextKey('fuzz'), graph => {
  table = graph.nodeTable('Row');
});
/** Bad records that are left out, so that the others of their file are looked at. */
const TOLERATED = 1000;
const shape = { id: 'n:Row:id', label: 'Row', primaryKey: 'id', columns: null };

/** Declares the good records of a damaged file in a table without a schema: values are taken for what they are. */
async function* rowsOf({ name: key, options }: FileSeed, bytes: Buffer): AsyncGenerator<Declaration> {
  let id = 0;
  for await (const records of readRecords({ key, body: chunked(bytes) }, options, new InvalidRecords(TOLERATED))) {
    for (const { value } of records) {
      const { properties = value } = value as { readonly properties?: object };
      id += 1;
      const declaration = typeof properties === 'object' ? declared({ ...properties, id }) : null;
      if (declaration !== null) yield declaration;
    }
  }
}

function declared(record: object): Declaration | null {
  try {
    return (table as NodeTable).declareRecord(record as never);
  } catch (error) {
    if (error instanceof RowError) return null;
    throw error;
  }
}

/** How the driver packs parameters; what the packed bytes are is its own affair. */
const pack = ((): ((value: unknown) => void) => {
  const require = createRequire(createRequire(import.meta.url).resolve('neo4j-driver'));
  // A part of the driver, and so none of this project's own packages.
  const path = ['neo4j-driver-bolt-connection', 'lib/bolt/bolt-protocol-v5x8.js'].join('/');
  const { default: Protocol } = require(path) as {
    readonly default: new (...parts: unknown[]) => { packable(value: unknown): () => void };
  };
  const nowhere = new Proxy({}, { get: () => () => {} });
  const protocol = new Protocol(null, nowhere, { useBigInt: true });
  return value => protocol.packable(value)();
})();

const SENDING: Readonly<Record<string, readonly [ValueForm, (parameters: Readonly<Record<string, unknown>>) => void]>> =
  {
    Bolt: ['typed', pack],
    'the Query API': ['typed', parameters => void JSON.parse(toTypedFields(parameters))],
    'tx/commit': ['json', parameters => void JSON.parse(jsonMap(parameters, toPlainJson))],
  };

const isRefusal = (error: unknown) =>
  error instanceof RejectedObjectError && !error.message.includes("the format's reader failed");

/** Every transport has a form for each row that is declared at all. */
export const transports: Target<FileSeed> = {
  name: 'transports',
  seeds: recordFiles,
  read: async (seed, bytes) => {
    for await (const row of rowsOf(seed, bytes)) {
      for (const [transport, [form, send]] of Object.entries(SENDING)) {
        try {
          for (const { rows } of upsertNodes(shape, [row], form)) send({ rows });
        } catch (error) {
          // The one value that a transport hasn't: plain JSON has no bytes.
          const bytesIn = Object.values(row.values).some(value => value instanceof Uint8Array);
          if (error instanceof UnsendableValueError && form === 'json' && bytesIn) continue;
          throw new Error(`${transport} has no form for a row`, { cause: error });
        }
      }
    }
  },
  isRefusal,
};

/** A row that is stored as declared has no difference, and one with another value has that one. */
export const verification: Target<FileSeed> = {
  name: 'verify',
  seeds: recordFiles,
  read: async (seed, bytes, random) => {
    for await (const row of rowsOf(seed, bytes)) {
      const stored = asStored(row);
      const verdict = compareFingerprint(row, stored, () => false);
      const named = differingProperties(row.values, stored, null);
      if (verdict === 'different' || named.length > 0) throw new Error(`${verdict} as declared: ${named}`);
      const name = pick(random, Object.keys(stored));
      const altered = { ...stored, [name]: another(stored[name], random) };
      const found = compareFingerprint(row, altered, () => false);
      const differing = differingProperties(row.values, altered, null);
      if (found === 'same' || String(differing) !== name)
        throw new Error(`${found} with ${name} altered, and told ${differing}`);
    }
  },
  isRefusal,
};

/** Properties as a database has them that was sent a row. */
function asStored({ values }: Declaration): Record<string, unknown> {
  const given = Object.entries(values).filter((entry): entry is [string, Value] => entry[1] !== null);
  return Object.fromEntries(
    given.map(([name, value]) => [name, fromTypedJson(JSON.parse(toTypedJson(toParameter(value))) as Typed)]),
  );
}

/** A value that the first can't have been declared as. */
function another(value: unknown, random: Random): unknown {
  if (random() < 0.3) return null;
  if (Array.isArray(value)) return random() < 0.5 ? [...value, ...value, 'x'] : 'x';
  if (typeof value === 'string') return random() < 0.5 ? `${value}\u0000` : value.length > 0 ? value.slice(1) : 'x';
  if (typeof value === 'bigint') return random() < 0.5 ? value ^ 1n : random() < 0.5 ? String(value) : Number(value);
  if (typeof value === 'boolean') return !value;
  return 'x';
}
