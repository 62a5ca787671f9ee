import { shorten } from './shorten.ts';
import { StatementError } from './statement-error.ts';

/** Whether statements may write. The server enforces it. */
export type AccessMode = 'READ' | 'WRITE';

/** What the stack lets callers ask, whatever the database's user may do. */
export interface QueryPolicy {
  /** With `read` no caller can ask for write access. */
  readonly access: 'read' | 'write';
  /** Texts by name: the only statements that are run. Null: any statement is. */
  readonly statements: ReadonlyMap<string, string> | null;
}

const FORBIDDEN = 'Neo.ClientError.Security.Forbidden';
const NOT_ALLOWED = 'Graphdrop.ClientError.Statement.NotAllowed';

/** @throws StatementError for write access where the stack gives none */
export function requireAccess({ access }: QueryPolicy, mode: AccessMode): void {
  if (mode === 'WRITE' && access === 'read') {
    throw new StatementError(
      FORBIDDEN,
      "This function gives read access only. Ask for READ, or deploy the stack with queryAccess: 'write'",
    );
  }
}

/** Returns a stored statement by its name, or a given text that is one of them. @throws StatementError for any other */
export function allowedText(stored: ReadonlyMap<string, string>, name: unknown, text: unknown): string {
  const found = typeof name === 'string' ? stored.get(name) : [...stored.values()].find(it => it === text);
  if (found !== undefined) return found;
  const named =
    typeof name === 'string'
      ? `No statement is stored as ${JSON.stringify(shorten(name, 100))}`
      : 'This statement is not stored';
  throw new StatementError(
    NOT_ALLOWED,
    `${named}: this function runs the statements that its stack stores and no others`,
  );
}
