/**
 * Answers requests of CloudFormation for one scope's schema: a request begins, and is continued until
 * the indexes are online, or on delete until everything managed is gone.
 */
import type {
  CdkCustomResourceEvent,
  CdkCustomResourceIsCompleteEvent,
  CdkCustomResourceIsCompleteResponse,
  CdkCustomResourceResponse,
} from 'aws-lambda';
import { abandonDeploy, beginDeploy, continueDeploy } from '../deploy/deploy.ts';
import { awaitsResync, isInForce, type Leaving, noteDeployment } from '../deploy/scope-ownership.ts';
import { warn } from './log.ts';
import { reachesSame, type SchemaTarget, targetOf, withoutGraph, withScope } from './schema-target.ts';
import { PART_MS, removeScope, withdrawScope } from './schema-teardown.ts';
import { sendResync } from './sync-queue.ts';

/** Ends long work in an error that says what to do, before CloudFormation's hour ends in one that doesn't. */
const GIVE_UP_MS = 55 * 60_000;

/** Begins the deploy; on delete stops the workers. */
export async function beginRequest(event: CdkCustomResourceEvent): Promise<CdkCustomResourceResponse> {
  const target = targetOf(event, event.ResourceProperties);
  if (event.RequestType === 'Delete') return { Data: { leaving: await withdrawScope(target) } };
  // Changes with the scope only: then, and only then, should CloudFormation delete the old one after the update.
  const PhysicalResourceId = `graphdrop-schema-${target.scope}`;
  const old = event.RequestType === 'Update' ? targetOf(event, event.OldResourceProperties) : undefined;
  // A rollback, or a change of the removal policy alone, must not need a database that is gone.
  if (old && reachesSame(old, target) && (await isInForce(withoutGraph(target)))) {
    await noteDeployment(withoutGraph(target));
    return { PhysicalResourceId, Data: { unchanged: 'true', begun: String(Date.now()) } };
  }
  const before = await withScope(target, beginDeploy);
  return { PhysicalResourceId, Data: { before: before ?? '', begun: String(Date.now()) } };
}

/**
 * Opens the scope once rows of tables that went are gone and the indexes are online; on delete removes everything. A part
 * at a time: a large graph takes longer than one invocation may.
 */
export async function continueRequest(
  event: CdkCustomResourceIsCompleteEvent,
): Promise<CdkCustomResourceIsCompleteResponse> {
  const target = targetOf(event, event.ResourceProperties);
  const { leaving, unchanged, before, begun = Date.now() } = (event.Data ?? {}) as Partial<Record<string, string>>;
  if (event.RequestType === 'Delete') {
    return { IsComplete: await removeScope(target, (leaving ?? 'schema') as Leaving) };
  }
  if (unchanged === 'true') {
    // This is the rollback of a deploy that failed: what that one did to the graph is undone by a resync.
    const awaited = await awaitsResync(withoutGraph(target));
    return { IsComplete: !awaited || (await askForResync(target, begun)) };
  }
  const open = await withScope(target, async scope => {
    try {
      return await continueDeploy(scope, Date.now() + PART_MS, Number(begun) + GIVE_UP_MS);
    } catch (error) {
      // No rollback leads back to this scope, but for a Delete (which the provider framework swallows only where `beginRequest` failed):
      // that finds a scope that was never opened, and can't tell what was in force before.
      if (event.RequestType === 'Create' || isMoved(event, target))
        await abandonDeploy(scope, before || null).catch(failure => warn('deploy-left-something', failure));
      throw error;
    }
  });
  // Files that were there before, and those whose source has other code now, have no event to come.
  return { IsComplete: open && (await askForResync(target, begun)) };
}

/**
 * Asks for a resync. The scope is open by then, so failing would roll back a deploy that is done: it is asked again with the next
 * call, and when the deploy's time is up left to the daily one.
 *
 * @returns whether the deploy can end
 */
async function askForResync({ queueUrl, context }: SchemaTarget, begun: string | number): Promise<boolean> {
  try {
    await sendResync(queueUrl, context);
    return true;
  } catch (error) {
    warn('resync-not-asked', error);
    return Date.now() >= Number(begun) + GIVE_UP_MS;
  }
}

/** Whether an update goes to another scope than the one that is deployed. */
function isMoved(event: CdkCustomResourceIsCompleteEvent, { scope }: SchemaTarget): boolean {
  return event.RequestType === 'Update' && targetOf(event, event.OldResourceProperties).scope !== scope;
}
