import { findClaimants } from '../neo4j/fence/claims.ts';
import { type BatchForm, statementsOf } from '../neo4j/statements/batch-statements.ts';
import type { Statement } from '../neo4j/statements/statement.ts';
import type { Batch } from '../reconcile/batch.ts';
import type { CommittingScope } from './commit-move.ts';

/** Returns the statements of a batch as the scope's database takes them, with regard to what other scopes claim there. */
export async function batchStatements(
  { name, connection }: CommittingScope,
  { plan, tables }: Pick<Batch, 'plan' | 'tables'>,
  form: Pick<BatchForm, 'tolerant' | 'clearsFirst'>,
): Promise<Statement[]> {
  const { graph } = connection;
  const written = [
    ...[...plan.nodes].filter(([, { upserts, deletes }]) => upserts.length + deletes.length > 0),
    ...plan.relations,
  ].flatMap(([id]) => tables.get(id) ?? []);
  const [claimants, values] = [await findClaimants(graph, name, written), await graph.valueForm()];
  return statementsOf(plan, tables, { ...form, form: values, claimants });
}
