/** Properties as a file has them, by name. */
export type Properties = Readonly<Record<string, unknown>>;

/** A node or a relationship, as the formats that have them (`apoc`, `neo4j-admin`, `neptune`) read it from a file. */
export type GraphElement = GraphNode | GraphRelationship;

export interface GraphNode {
  readonly kind: 'node';
  /** The file's own id of the node. */
  readonly id: string;
  /** What the file says ids are (`:ID{id-type:long}`), other than texts. Left out: nothing. */
  readonly idType?: string;
  /** Null: the file doesn't say. */
  readonly labels: readonly string[] | null;
  readonly properties: Properties;
}

export interface GraphRelationship {
  readonly kind: 'relationship';
  /** Null: the file's relationships have none. */
  readonly id: string | null;
  /** Null: the file doesn't say. */
  readonly type: string | null;
  readonly start: RelationshipEnd;
  readonly end: RelationshipEnd;
  readonly properties: Properties;
}

/** A node that a relationship starts or ends at, and what its file says of it. */
export interface RelationshipEnd {
  readonly id: string;
  readonly labels?: readonly string[];
  /** Name of the space that the id is unique in (`:START_ID(Person)`). */
  readonly group?: string;
  readonly properties?: Properties;
}
