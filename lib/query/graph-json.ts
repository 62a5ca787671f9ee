import type { Node, Relationship } from 'neo4j-driver';
import { type Entity, entitiesOf, isEntity, isNode, isPath, mapJson } from './value-json.ts';

/** All nodes and relationships in the values of a record, by elementId: each once, whatever it is nested in. */
export function graphOf(values: readonly unknown[]): ReadonlyMap<string, Entity> {
  const found = new Map<string, Entity>();
  const collect = (value: unknown): void => {
    if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return;
    if (isEntity(value)) found.set(value.elementId, value);
    else if (isPath(value)) for (const entity of entitiesOf(value)) found.set(entity.elementId, entity);
    else for (const item of Object.values(value)) collect(item);
  };
  for (const value of values) collect(value);
  return found;
}

/** elementIds of the nodes at the ends of relationships that aren't among the entities themselves. */
export function missingEnds(entities: ReadonlyMap<string, Entity>): string[] {
  return [...entities.values()].flatMap(entity =>
    isNode(entity) || isDeletedRelationship(entity)
      ? []
      : [entity.startNodeElementId, entity.endNodeElementId].filter(id => !entities.has(id)),
  );
}

/** Bolt gives a relationship that was deleted in this transaction without type and ends. */
export function isDeletedRelationship(entity: Entity): boolean {
  return !isNode(entity) && entity.type === '';
}

/** Entities as the server's `graph` content. */
export function graphJson(entities: readonly Entity[], isDeleted: (entity: Entity) => boolean): string {
  const sorted = entities.toSorted((a, b) => Number(a.identity - b.identity));
  const json = (entity: Entity): string => {
    const id = `"id":"${entity.identity}","elementId":${JSON.stringify(entity.elementId)}`;
    if (isDeleted(entity)) return `{${id},"deleted":true}`;
    return `{${id},${isNode(entity) ? nodeJson(entity) : relationshipJson(entity)}}`;
  };
  const nodes = sorted.filter(entity => isNode(entity)).map(json);
  const relationships = sorted.filter(entity => !isNode(entity)).map(json);
  return `{"nodes":[${nodes}],"relationships":[${relationships}]}`;
}

function nodeJson({ labels, properties }: Node<bigint>): string {
  return `"labels":${JSON.stringify(labels)},"properties":${mapJson(properties)}`;
}

function relationshipJson(relationship: Relationship<bigint>): string {
  const { type, start, startNodeElementId, end, endNodeElementId, properties } = relationship;
  const ends = [
    `"startNode":"${start}","startNodeElementId":${JSON.stringify(startNodeElementId)}`,
    `"endNode":"${end}","endNodeElementId":${JSON.stringify(endNodeElementId)}`,
  ];
  return `"type":${JSON.stringify(type)},${ends},"properties":${mapJson(properties)}`;
}
