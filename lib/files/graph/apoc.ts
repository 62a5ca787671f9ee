import { ContentError } from '../content-error.ts';
import { describeValue } from '../describe-value.ts';
import type { GraphFormat, SourceRecord } from '../file-format.ts';
import { type JsonOptions, jsonOptions } from '../json/json-options.ts';
import { ndjson } from '../json/ndjson.ts';
import type { GraphElement, Properties, RelationshipEnd } from './graph-element.ts';

/**
 * APOC's export as JSON lines (https://neo4j.com/docs/apoc/current/export/json/): a node or a relationship a line, with
 * `start` and `end`. Values are JSON's; the export has no others, so dates are texts. Only for sources that say so.
 */
export const apoc: GraphFormat<JsonOptions> = {
  extensions: [],
  contentTypes: [],
  options: jsonOptions,
  endProperties: true,
  async *read(bytes, options) {
    for await (const batch of ndjson.read(bytes, options)) {
      const elements: SourceRecord[] = [];
      let fault: unknown;
      try {
        for (const record of batch) elements.push(elementRecord(record));
      } catch (error) {
        fault = error;
      }
      if (elements.length > 0) yield elements;
      if (fault) throw fault;
    }
  },
};

function elementRecord(record: SourceRecord): SourceRecord {
  const { line, value, fault } = record;
  if (fault !== undefined) return record;
  try {
    return { ...record, value: elementOf(value, line) };
  } catch (error) {
    if (!(error instanceof ContentError)) throw error;
    return { ...record, fault: error.message };
  }
}

function elementOf(value: unknown, line: number): GraphElement {
  const { type, id, labels, label, properties, start, end } = fields(value, 'the line', line);
  if (type === 'node')
    return {
      kind: 'node',
      id: idOf(id, 'the node', line),
      labels: labels === undefined ? [] : names(labels, line),
      properties: properties === undefined ? {} : fields(properties, 'properties', line),
    };
  if (type !== 'relationship')
    throw new ContentError(`type is ${describeValue(type)}, expected "node" or "relationship"`, line);
  if (typeof label !== 'string' || label === '')
    throw new ContentError(`label is ${describeValue(label)}, expected the relationship's type`, line);
  return {
    kind: 'relationship',
    id: idOf(id, 'the relationship', line),
    type: label,
    start: endOf(start, 'start', line),
    end: endOf(end, 'end', line),
    properties: properties === undefined ? {} : fields(properties, 'properties', line),
  };
}

function endOf(value: unknown, what: string, line: number): RelationshipEnd {
  const { id, labels, properties } = fields(value, what, line);
  return {
    id: idOf(id, what, line),
    labels: labels === undefined ? [] : names(labels, line),
    ...(properties === undefined ? {} : { properties: fields(properties, `${what}.properties`, line) }),
  };
}

function fields(value: unknown, what: string, line: number): Properties {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Properties;
  throw new ContentError(`${what} is ${describeValue(value)}, expected an object (APOC's JSON_LINES)`, line);
}

function idOf(id: unknown, what: string, line: number): string {
  if ((typeof id === 'string' && id !== '') || typeof id === 'number' || typeof id === 'bigint') return String(id);
  throw new ContentError(`${what} has the id ${describeValue(id)}, expected a text`, line);
}

function names(labels: unknown, line: number): string[] {
  if (Array.isArray(labels) && labels.every(label => typeof label === 'string')) return labels;
  throw new ContentError(`labels is ${describeValue(labels)}, expected a list of texts`, line);
}
