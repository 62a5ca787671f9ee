import { type StorableType, typedJson } from '../column-type.ts';
import { fail } from '../value.ts';

/** A Uint8Array, or an Int8Array as the driver gives it. */
export const bytesType: StorableType<Uint8Array> = {
  name: 'BYTES',
  encode(value) {
    if (value instanceof Uint8Array) return value;
    return value instanceof Int8Array ? unsigned(value) : fail(value, 'a Uint8Array');
  },
  listable: false,
  classes: [Uint8Array, Int8Array],
  stored: {
    form: 'object',
    text: value => `x${Buffer.from(value).toString('base64')}`,
    toBolt: ({ buffer, byteOffset, byteLength }) => new Int8Array(buffer, byteOffset, byteLength),
    fromBolt: property => unsigned(property as Int8Array),
    queryApi: {
      types: ['Base64'],
      write: ({ buffer, byteOffset, byteLength }) =>
        typedJson('Base64', Buffer.from(buffer, byteOffset, byteLength).toString('base64')),
      read: content => new Int8Array(Buffer.from(content as string, 'base64')),
    },
    jolt: { sigil: '#', read: text => new Int8Array(Buffer.from(text.replaceAll(' ', ''), 'hex')) },
    conversion: (_value, form) => (form === 'json' ? { unsendable: UNSENDABLE } : undefined),
  },
};

const UNSENDABLE =
  'BYTES can’t be sent to tx/commit, the only endpoint that this server offers by HTTP: use a bolt uri, or a server with ' +
  'the Query API (Neo4j 5.25 or later)';

function unsigned({ buffer, byteOffset, byteLength }: Int8Array | Uint8Array): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}
