import { type NetworkProps, resolveNetworkProps } from './network-props.ts';
import { type ObservationProps, resolveObservationProps } from './observation-props.ts';
import { type QueryProps, resolveQueryProps } from './query-props.ts';
import { refuseUnknown } from './resolved.ts';
import { resolveScopeProps, type ScopeProps } from './scope-props.ts';
import { resolveStorageProps, type StorageProps } from './storage-props.ts';
import { resolveWorkerProps, type WorkerProps } from './worker-props.ts';

/** Properties of a {@link GraphDrop}. Each is declared, checked and given its default in one of the files beside this one. */
export interface GraphDropProps
  extends ScopeProps,
    StorageProps,
    WorkerProps,
    NetworkProps,
    QueryProps,
    ObservationProps {}

export type ResolvedProps = ReturnType<typeof resolveProps>;

/** Checks all properties and fills in defaults. @throws Error for whatever a deploy would fail at later or ignore */
export function resolveProps(props: GraphDropProps) {
  const resolved = {
    ...resolveScopeProps(props),
    ...resolveStorageProps(props),
    ...resolveWorkerProps(props),
    ...resolveNetworkProps(props),
    ...resolveQueryProps(props),
    ...resolveObservationProps(props),
  };
  refuseUnknown('GraphDrop', props, Object.keys(resolved));
  return resolved;
}
