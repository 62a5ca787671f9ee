import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { DefinitionError } from '../errors.ts';
import type { GraphDefinition } from './definition.ts';

/** Characters of JSON up to which a definition stands in a template as it is, for people to read. */
const MOST_PLAIN = 8_000;

/**
 * Characters of a packed definition. An update sends the old one and the new one in one event through Step Functions, which takes
 * 262,144 bytes of input; the rest of the event needs a few thousand.
 */
const MOST_PACKED = 120_000;

/**
 * Writes a definition as the text that travels to the custom resource: JSON, or where that is long, deflated and in base64. A
 * definition repeats itself, so it shrinks to about a twentieth.
 *
 * @throws DefinitionError for one that no deploy can bring to the custom resource
 */
export function packDefinition(definition: GraphDefinition): string {
  const json = JSON.stringify(definition);
  if (json.length <= MOST_PLAIN) return json;
  const packed = deflateRawSync(json, { level: 9 }).toString('base64');
  if (packed.length <= MOST_PACKED) return packed;
  throw new DefinitionError(
    `the flow of context '${definition.context}' has ${definition.tables.length} tables in ${json.length} characters of definition, ` +
      `${packed.length} packed; a deploy can carry ${MOST_PACKED}: split it into flows with ContextKeys of their own, or give fewer columns`,
  );
}

/** Reads the text of {@link packDefinition}. */
export function unpackDefinition(text: string): GraphDefinition {
  const json = text.startsWith('{') ? text : inflateRawSync(Buffer.from(text, 'base64')).toString();
  return JSON.parse(json) as GraphDefinition;
}
