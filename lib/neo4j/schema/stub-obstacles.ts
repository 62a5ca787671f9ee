import type { GraphDefinition } from '../../definition/definition.ts';
import type { ActualArtifact } from './schema.ts';

/**
 * Says which constraints of others no stub can keep: they demand a property of every node of a label that edges end at. An edge
 * whose end isn't declared yet is then rejected by the database, and a node that edges touch can't become bare.
 *
 * @returns one message a constraint
 */
export function stubObstacles(definition: GraphDefinition, actual: readonly ActualArtifact[]): string[] {
  const ends = new Map(
    definition.tables
      .flatMap(table => (table.kind === 'relation' ? [table.from, table.to] : []))
      .map(end => [end.label, end]),
  );
  return actual.flatMap(({ kind, type, name, entityType, entities, properties }) => {
    // `NODE_PROPERTY_EXISTENCE`, and `NODE_KEY`, which demands its properties, too.
    if (kind !== 'constraint' || entityType !== 'NODE' || !/EXISTENCE|KEY/.test(type)) return [];
    const end = entities.map(label => ends.get(label)).find(one => one !== undefined);
    const demanded = properties.filter(property => property !== end?.primaryKey);
    if (end === undefined || demanded.length === 0) return [];
    return [
      `the constraint ${name} demands ${demanded.join(', ')} of every ${end.label}, and edges make nodes with ${end.primaryKey} alone until a ` +
        'file declares them: files of such edges are rejected until then, and tried again by the daily resync. Drop the constraint, ' +
        'or put the nodes first and never delete their files before those of their edges',
    ];
  });
}
