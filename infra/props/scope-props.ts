import { claimOf } from '../../lib/definition/definition.ts';
import type { FlowModule } from '../../lib/flow-module/load-flow.ts';
import { type ContextProps, DEFAULT_DATABASE } from '../connection.ts';
import { type Resolved, refuseUnknown } from './resolved.ts';

/** Which graphs there are, and where. */
export interface ScopeProps {
  /** What `await loadFlow('path/to/flow.ts')` gives. */
  readonly flow: FlowModule;

  /**
   * Connections by name of the flow's ContextKeys.
   *
   * @default - each context reads the existing secret `graphdrop/<context>` and uses the database `neo4j`
   */
  readonly contexts?: Readonly<Record<string, ContextProps>>;

  /**
   * Take scopes over that another state holds: for a stack or construct with another name, deployed before the old one is
   * deleted. The graph is then made what this one's bucket says, and the other's deletion leaves it alone. If this one
   * goes first, the other has its scopes again.
   *
   * @default false: a scope that another state holds makes the deploy fail
   */
  readonly takeOver?: boolean;
}

/** Checks these properties and fills in defaults. @throws Error that names the value received and the fix */
export function resolveScopeProps({ flow, contexts = {}, takeOver = false }: ScopeProps): Resolved<ScopeProps> {
  const names = flow.definitions.map(({ context }) => context);
  const twice = names.find((context, index) => names.indexOf(context) !== index);
  if (twice) throw new Error(`two flows have the context '${twice}': give each its own ContextKey`);
  for (const [context, settings] of Object.entries(contexts)) {
    if (!names.includes(context)) {
      throw new Error(`"contexts" names '${context}', but the flow has ${names.map(it => `'${it}'`).join(', ')}`);
    }
    refuseUnknown(`contexts.${context}`, settings, ['secret', 'secretKey', 'database']);
    const { database } = settings;
    if (database !== undefined && !/^[A-Za-z0-9._-]+$/.test(database)) {
      throw new Error(`database of '${context}' is ${JSON.stringify(database)}: use letters, digits, '.', '_' and '-'`);
    }
  }
  refuseSharedClaims(flow, contexts);
  return { flow, contexts, takeOver };
}

/** Two contexts of one database can't both manage a label or relation: the deploy of the second would be refused. */
function refuseSharedClaims({ definitions }: FlowModule, contexts: Readonly<Record<string, ContextProps>>): void {
  const holders = new Map<string, string>();
  for (const { context, tables } of definitions) {
    const { secret, database = DEFAULT_DATABASE } = contexts[context] ?? {};
    const connection = secret === undefined ? `graphdrop/${context}` : (secret.secretFullArn ?? secret.secretName);
    for (const claim of tables.flatMap(table => claimOf(table) ?? [])) {
      const place = JSON.stringify([connection, database, claim]);
      const holder = holders.get(place);
      if (holder !== undefined) {
        throw new Error(
          `'${holder}' and '${context}' both manage ${claim} in one database: give one another "database" or "secret", or declare ` +
            "the table in one of their flows only, or with managedBy: 'user' in the other",
        );
      }
      holders.set(place, context);
    }
  }
}
