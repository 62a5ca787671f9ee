/** Names a scope, for state, lease, fence and queue: a ContextKey's name and a database. */
export function scopeName(context: string, database: string): string {
  return `${context}@${database}`;
}

/** Returns the database in a scope's name. */
export function databaseOf(scope: string): string {
  return scope.slice(scope.indexOf('@') + 1);
}

/** Returns the context in a scope's name. */
export function contextOf(scope: string): string {
  return scope.slice(0, scope.indexOf('@'));
}
