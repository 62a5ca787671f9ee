/** Copies of a world's whole tracked state, put back as a person does with a backup. */
import { type AttributeValue, DeleteItemCommand, PutItemCommand, paginateScan } from '@aws-sdk/client-dynamodb';
import { headKey } from '../../lib/state/dynamodb/items.ts';
import type { World } from '../sync/world.ts';

type Item = Record<string, AttributeValue>;
type Row = Readonly<Record<string, string | number | null>>;

/** What the state was. */
export interface StateCopy {
  /** Puts it back: whatever came since is gone. */
  restore(): Promise<void>;
  /** Puts back its head alone. */
  restoreHead(): Promise<void>;
}

export async function copyState(world: World): Promise<StateCopy> {
  return world.stores === null ? await copyTable(world) : copyFile(world);
}

async function copyTable(world: World): Promise<StateCopy> {
  const { dynamo, name: TableName } = world;
  const items = await allItems(world);
  const put = async (Item: Item) => await dynamo.send(new PutItemCommand({ TableName, Item }));
  return {
    restore: async () => {
      for (const { pk, sk } of await allItems(world)) {
        await dynamo.send(new DeleteItemCommand({ TableName, Key: { pk, sk } as Item }));
      }
      for (const item of items) await put(item);
    },
    restoreHead: async () => void (await put(items.find(({ sk }) => sk?.S === headKey('').sk.S) as Item)),
  };
}

async function allItems(world: World): Promise<Item[]> {
  const items: Item[] = [];
  const pages = paginateScan({ client: world.dynamo }, { TableName: world.name, ConsistentRead: true });
  for await (const { Items = [] } of pages) items.push(...Items);
  return items;
}

const TABLES = ['heads', 'nodes', 'roots', 'statuses', 'positions', 'deployments'];

/** Of the file in place: a worker that is open has it open. */
function copyFile({ stores, name }: World): StateCopy {
  if (stores === null) throw new Error('this world has no file');
  const copy = stores.tamper(
    name,
    file => new Map(TABLES.map(table => [table, file.all<Row>(`SELECT * FROM ${table}`)])),
  );
  const restore = (tables: readonly string[]): void =>
    stores.tamper(name, file =>
      file.transaction(() => {
        for (const table of tables) {
          file.run(`DELETE FROM ${table}`);
          for (const row of copy.get(table) ?? []) {
            const columns = Object.keys(row);
            file.run(
              `INSERT INTO ${table} (${columns.join()}) VALUES (${columns.map(() => '?').join()})`,
              ...Object.values(row),
            );
          }
        }
      }),
    );
  return { restore: async () => restore(TABLES), restoreHead: async () => restore(['heads']) };
}
