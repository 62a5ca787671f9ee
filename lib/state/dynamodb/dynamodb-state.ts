import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { ScopeStore, StateStore } from '../state-store.ts';
import { DeploymentItems, deployedContexts } from './deployment-items.ts';
import { HeadItem } from './head-item.ts';
import { type Item, ItemTable, type Page } from './item-table.ts';
import { type ItemKey, nodeKey, positionPartition, retentionPartition, statusPartition } from './items.ts';
import { MemoItems } from './memo-items.ts';
import { NodeItems } from './node-items.ts';
import { PositionItems } from './position-items.ts';
import { RetentionItems } from './retention-items.ts';
import { StatusItems } from './status-items.ts';

/** Keeps tracked state in a DynamoDB table: see items.ts for its items. */
export function dynamoDbState(client: DynamoDBClient, tableName: string): StateStore {
  const table = new ItemTable(client, tableName);
  return {
    scope: name => new ScopeItems(table, name),
    contexts: () => deployedContexts(table),
  };
}

/** Items deleted between two looks at the clock. */
const ITEMS_AT_ONCE = 1_000;

class ScopeItems implements ScopeStore {
  readonly head: HeadItem;
  readonly nodes: NodeItems;
  readonly status: StatusItems;
  readonly retentionLog: RetentionItems;
  readonly deployments: DeploymentItems;
  readonly positions: PositionItems;
  readonly memos: MemoItems;
  readonly #table: ItemTable;
  readonly #scope: string;

  constructor(table: ItemTable, scope: string) {
    this.#table = table;
    this.#scope = scope;
    this.head = new HeadItem(table, scope);
    this.nodes = new NodeItems(table, scope);
    this.status = new StatusItems(table, scope);
    this.retentionLog = new RetentionItems(table, scope);
    this.deployments = new DeploymentItems(table, scope);
    this.positions = new PositionItems(table, scope);
    this.memos = new MemoItems(table, scope);
  }

  async forget(until: number): Promise<boolean> {
    for await (const { nodes } of this.nodes.list()) {
      await this.#deleteAll(nodes.map(({ hash }) => nodeKey(this.#scope, hash)));
      if (nodes.length > 0 && Date.now() >= until) return false;
    }
    for (const { source } of await this.memos.sources()) if (!(await this.memos.forget(source, until))) return false;
    for (const partition of [retentionPartition, statusPartition, positionPartition]) {
      for (let start: Item | null | undefined; start !== null; ) {
        const page: Page = await this.#table.skim(partition(this.#scope), ['pk', 'sk'], start ?? null, ITEMS_AT_ONCE);
        await this.#deleteAll(page.items as ItemKey[]);
        start = page.next;
        if (page.items.length > 0 && Date.now() >= until) return false;
      }
    }
    await this.head.bury();
    return true;
  }

  async #deleteAll(keys: readonly ItemKey[]): Promise<void> {
    await this.#table.writeAll(keys.map(Key => ({ DeleteRequest: { Key } })));
  }
}
