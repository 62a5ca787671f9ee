import type { Plan, ProfiledPlan, ResultSummary } from 'neo4j-driver';
import { valueJson } from './value-json.ts';

/** What a statement changed, in the server's names (one of them is `relationship_deleted`). */
export function statsJson({ counters }: ResultSummary): string {
  const count = counters.updates();
  return JSON.stringify({
    contains_updates: counters.containsUpdates(),
    nodes_created: count.nodesCreated,
    nodes_deleted: count.nodesDeleted,
    properties_set: count.propertiesSet,
    relationships_created: count.relationshipsCreated,
    relationship_deleted: count.relationshipsDeleted,
    labels_added: count.labelsAdded,
    labels_removed: count.labelsRemoved,
    indexes_added: count.indexesAdded,
    indexes_removed: count.indexesRemoved,
    constraints_added: count.constraintsAdded,
    constraints_removed: count.constraintsRemoved,
    contains_system_updates: counters.containsSystemUpdates(),
    system_updates: counters.systemUpdates(),
  });
}

/** The plan that EXPLAIN or PROFILE asked for; null: neither did. */
export function planJson({ plan, profile }: ResultSummary): string | null {
  const root = profile || plan;
  return root ? `{"root":${operatorJson(root)}}` : null;
}

function operatorJson({ operatorType, arguments: given, identifiers, children }: Plan | ProfiledPlan): string {
  const parts = Object.entries(given).map(([name, value]) => `${JSON.stringify(name)}:${valueJson(value)}`);
  return `{${[
    `"operatorType":${JSON.stringify(operatorType)}`,
    ...parts,
    `"identifiers":${JSON.stringify(identifiers)}`,
    `"children":[${children.map(operatorJson)}]`,
  ]}}`;
}

/** The notifications of a statement, with a position where there is one. */
export function notificationsJson({ notifications }: ResultSummary): string[] {
  return notifications.map(({ code, rawSeverityLevel, title, description, position }) => {
    const place = Object.keys(position).length === 0 ? {} : { position };
    return JSON.stringify({ code, severity: rawSeverityLevel, title, description, ...place });
  });
}
