import { type Patience, retry } from '../state/backoff.ts';

/**
 * Tries for about a minute, which is what IAM and SQS say that a new permission takes to be known everywhere. CloudFormation makes a
 * policy and, right after it, the resource that needs it.
 */
const PATIENCE: Patience = { tries: 14, firstWaitMs: 500, longestWaitMs: 15_000 };

/** A client of an AWS service, as middleware sees it. */
interface Client {
  readonly middlewareStack: {
    add(
      middleware: never,
      options: { readonly step: 'initialize'; readonly name: string; readonly override: true },
    ): void;
  };
}

/** Has a client repeat calls that are denied, as a permission that was just given may not be known yet. */
export function waitForPermission(client: Client, patience = PATIENCE): void {
  const middleware = <Args, Answer>(next: (args: Args) => Promise<Answer>) => {
    return async (args: Args): Promise<Answer> => await retry(async () => await next(args), isDenied, patience);
  };
  client.middlewareStack.add(middleware as never, { step: 'initialize', name: 'waitForPermission', override: true });
}

/** Tells whether an AWS call was refused for want of a permission. */
function isDenied(error: unknown): boolean {
  return error instanceof Error && /AccessDenied|UnauthorizedOperation/.test(error.name);
}
