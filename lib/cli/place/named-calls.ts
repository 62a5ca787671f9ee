/** Names of permissions that aren't those of the calls: https://docs.aws.amazon.com/service-authorization/. */
const PERMISSIONS: Readonly<Record<string, string>> = {
  's3:ListObjectsV2': 's3:ListBucket',
  's3:ListObjectVersions': 's3:ListBucketVersions',
  's3:HeadObject': 's3:GetObject',
  'lambda:Invoke': 'lambda:InvokeFunction',
};

/** An error of a call of AWS, with the permission that the call takes. */
export interface NamedCallError extends Error {
  readonly permission?: string;
  readonly $metadata?: { readonly httpStatusCode?: number };
}

/** What an SDK client has, as far as it is used here. */
interface Client {
  readonly middlewareStack: {
    add(
      // biome-ignore lint/suspicious/noExplicitAny: clients differ in what their calls take and give
      middleware: (next: any, context: any) => any,
      options: { readonly step: 'initialize'; readonly name: string; readonly override: boolean },
    ): void;
  };
}

/** Has each error of a client name the permission that its call takes: S3's own say only that access is denied. */
export function nameCalls<C extends Client>(client: C, service: string): C {
  client.middlewareStack.add(
    (next: (args: unknown) => Promise<unknown>, context: { readonly commandName?: string }) =>
      async (args: unknown) => {
        try {
          return await next(args);
        } catch (error) {
          const call = `${service}:${context.commandName?.replace(/Command$/, '')}`;
          throw Object.assign(error as object, { permission: PERMISSIONS[call] ?? call });
        }
      },
    { step: 'initialize', name: 'graphdropNamesCalls', override: true },
  );
  return client;
}
