/** What the graph holds of a test's labels. */
export interface GraphContent {
  readonly people: readonly Properties[];
  readonly notes: readonly Properties[];
  readonly knows: readonly { readonly from: unknown; readonly to: unknown; readonly properties: Properties }[];
}

export type Properties = Readonly<Record<string, unknown>>;

/** Integers as numbers, for readable expectations. */
export function plain<T>(value: T): T {
  if (typeof value === 'bigint') return Number(value) as T;
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, plain(item)])) as T;
}

/** Nodes by id, edges by endpoints and id: databases have no order of their own. */
export function inOrder({ people, notes, knows }: GraphContent): GraphContent {
  const by =
    <T>(text: (item: T) => unknown) =>
    (a: T, b: T) =>
      JSON.stringify(text(a)) < JSON.stringify(text(b)) ? -1 : 1;
  const byId = by(({ id }: Properties) => id);
  return {
    people: [...people].sort(byId),
    notes: [...notes].sort(byId),
    knows: [...knows].sort(by(({ from, to, properties }) => [from, to, properties.id])),
  };
}
