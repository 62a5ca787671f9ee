import neo4j, { type Node, type Path, type Relationship } from 'neo4j-driver';
import { typeOfObject } from '../values/column-types.ts';
import { isInstance } from '../values/driver-class.ts';
import { floatJson } from '../values/float-text.ts';
import type { Value } from '../values/value.ts';

/** A node or relationship of a result. */
export type Entity = Node<bigint> | Relationship<bigint>;

const { types } = neo4j;

// By class: the driver's own guards ask for a mark that any map may have.
export const isNode = (value: object): value is Node<bigint> => isInstance(value, types.Node);
export const isPath = (value: object): value is Path<bigint> => isInstance(value, types.Path);
const isRelationship = (value: object): value is Relationship<bigint> => isInstance(value, types.Relationship);

export function isEntity(value: object): value is Entity {
  return isNode(value) || isRelationship(value);
}

/** The entities of a path in order: a node, and for each step a relationship and a node. */
export function entitiesOf(path: Path<bigint>): Entity[] {
  return [path.start, ...path.segments.flatMap(({ relationship, end }) => [relationship, end])];
}

/** A value of a result in the server's JSON: integers and floats keep apart, all digits are there. */
export function valueJson(value: unknown): string {
  if (value === null || value === undefined) return 'null';
  if (typeof value === 'bigint') return String(value);
  if (typeof value === 'number') return floatJson(value);
  if (typeof value !== 'object') return JSON.stringify(value);
  if (Array.isArray(value)) return listJson(value);
  if (value instanceof Int8Array) return `[${value.join(',')}]`;
  if (isEntity(value)) return mapJson(value.properties);
  if (isPath(value)) return listJson(entitiesOf(value));
  const answer = answerOf(value);
  return answer === undefined ? mapJson(value as Record<string, unknown>) : answer.json(value as Value);
}

/** A value's entries in `meta`: none for an empty list or map, one for each item else, in one list: they are flattened. */
export function metaJson(value: unknown, isDeleted: (entity: Entity) => boolean): string[] {
  const entries: string[] = [];
  const add = (item: unknown): void => {
    if (typeof item !== 'object' || item === null || item instanceof Int8Array) entries.push('null');
    else if (isEntity(item)) entries.push(entityMeta(item, isDeleted(item)));
    else if (isPath(item)) entries.push(`[${entitiesOf(item).map(entity => entityMeta(entity, isDeleted(entity)))}]`);
    else {
      const answer = answerOf(item);
      if (answer !== undefined) entries.push(JSON.stringify({ type: answer.meta }));
      else for (const inner of Object.values(item)) add(inner);
    }
  };
  add(value);
  return entries;
}

function answerOf(value: object) {
  return Array.isArray(value) ? undefined : typeOfObject(value)?.stored?.answer;
}

function entityMeta(entity: Entity, deleted: boolean): string {
  const type = isNode(entity) ? 'node' : 'relationship';
  return `{"id":${entity.identity},"elementId":${JSON.stringify(entity.elementId)},"type":"${type}","deleted":${deleted}}`;
}

export function listJson(values: readonly unknown[]): string {
  return `[${values.map(valueJson).join(',')}]`;
}

export function mapJson(values: Readonly<Record<string, unknown>>): string {
  return `{${Object.entries(values)
    .map(([key, value]) => `${JSON.stringify(key)}:${valueJson(value)}`)
    .join(',')}}`;
}
