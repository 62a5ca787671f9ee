import neo4j, { type Node, type Path, type Point, type Relationship } from 'neo4j-driver';
import { floatJson } from './float-text.ts';
import { temporalText } from './temporal-text.ts';

/** A node or relationship of a result. */
export type Entity = Node<bigint> | Relationship<bigint>;

// The driver's own guards, for a driver that gives integers as bigints.
export const isNode = neo4j.isNode as unknown as (value: object) => value is Node<bigint>;
export const isPath = neo4j.isPath as unknown as (value: object) => value is Path<bigint>;
const isRelationship = neo4j.isRelationship as unknown as (value: object) => value is Relationship<bigint>;
const isPoint = neo4j.isPoint as unknown as (value: object) => value is Point<bigint>;

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
  if (isPoint(value)) return pointJson(value);
  const temporal = temporalText(value);
  return temporal === null ? mapJson(value as Record<string, unknown>) : JSON.stringify(temporal.text);
}

/** A value's entries in `meta`: none for an empty list or map, one for each item else, in one list: they are flattened. */
export function* metaJson(value: unknown, isDeleted: (entity: Entity) => boolean): Generator<string, void, undefined> {
  if (typeof value !== 'object' || value === null || value instanceof Int8Array) yield 'null';
  else if (isEntity(value)) yield entityMeta(value, isDeleted(value));
  else if (isPath(value)) yield `[${entitiesOf(value).map(entity => entityMeta(entity, isDeleted(entity)))}]`;
  else if (isPoint(value)) yield '{"type":"point"}';
  else {
    const temporal = temporalText(value);
    if (temporal !== null) yield JSON.stringify({ type: temporal.type });
    else for (const item of Object.values(value)) yield* metaJson(item, isDeleted);
  }
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

/** Coordinate reference systems of Cypher, by SRID. https://neo4j.com/docs/cypher-manual/current/values-and-types/spatial/ */
const CRS: ReadonlyMap<number, { readonly name: string; readonly href: string }> = new Map([
  [4326, { name: 'wgs-84', href: 'https://spatialreference.org/ref/epsg/4326/' }],
  [4979, { name: 'wgs-84-3d', href: 'https://spatialreference.org/ref/epsg/4979/' }],
  [7203, { name: 'cartesian', href: 'https://spatialreference.org/ref/sr-org/7203/' }],
  [9157, { name: 'cartesian-3d', href: 'https://spatialreference.org/ref/sr-org/9157/' }],
]);

function pointJson({ srid, x, y, z }: Point<bigint>): string {
  const { name, href } = CRS.get(Number(srid)) ?? { name: 'unknown', href: '' };
  const coordinates = z === undefined ? [x, y] : [x, y, z];
  const properties = `{"href":"${href}ogcwkt/","type":"ogcwkt"}`;
  const crs = `{"srid":${srid},"name":"${name}","type":"link","properties":${properties}}`;
  return `{"type":"Point","coordinates":${listJson(coordinates)},"crs":${crs}}`;
}
