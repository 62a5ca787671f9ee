/** Reads the doc comments of sources: of interfaces, classes and functions, with their members. */
import { readFileSync } from 'node:fs';
import { type ParserOptions, parse } from '@babel/parser';

/** Something with a doc comment. */
export interface Documented {
  readonly name: string;
  /** As it is declared, on one line, without a body. */
  readonly declared: string;
  /** The comment as Markdown on lines of its own; empty: there is none. */
  readonly doc: string;
}

/** An interface or a class with its public members, or a function. */
export interface DocumentedType extends Documented {
  readonly members: readonly Documented[];
}

const OPTIONS: ParserOptions = { sourceType: 'module', plugins: ['typescript'] };

/** What is used of a node of the parser's tree. */
interface Node {
  readonly type: string;
  readonly start: number;
  readonly end: number;
  readonly leadingComments?: readonly { readonly type: string; readonly value: string }[];
  readonly declaration?: Node;
  readonly id?: { readonly name: string };
  readonly key?: Node & { readonly name?: string };
  readonly body?: Node & { readonly body?: readonly Node[] };
  readonly accessibility?: string;
  readonly kind?: string;
}

/** Reads the documented types and functions of a file, exported or not, by their name. */
export function documentedTypes(path: string): Map<string, DocumentedType> {
  const text = readFileSync(path, 'utf8');
  const statements = (parse(text, OPTIONS) as unknown as { program: { body: readonly Node[] } }).program.body;
  const found = new Map<string, DocumentedType>();
  for (const statement of statements) {
    const node = statement.type === 'ExportNamedDeclaration' ? statement.declaration : statement;
    const name = node?.id?.name;
    if (node === undefined || name === undefined) continue;
    const doc = docOf(statement);
    if (node.type === 'TSInterfaceDeclaration' || node.type === 'ClassDeclaration') {
      const declared = oneLine(text.slice(node.start, node.body?.start));
      found.set(name, { name, declared, doc, members: membersOf(text, node.body?.body ?? []) });
    } else if (node.type === 'FunctionDeclaration') {
      found.set(name, { name, declared: oneLine(text.slice(node.start, node.body?.start)), doc, members: [] });
    }
  }
  return found;
}

function membersOf(text: string, nodes: readonly Node[]): Documented[] {
  return nodes.flatMap(node => {
    const name = node.key?.name;
    const doc = docOf(node);
    // Of a method that is declared in several ways, each way has its comment, and the one with the body has none.
    if (name === undefined || node.kind === 'constructor' || node.accessibility === 'private') return [];
    if (node.key?.type === 'PrivateName' || (node.type.startsWith('Class') && doc === '')) return [];
    const end = node.body !== undefined && node.type.startsWith('Class') ? node.body.start : node.end;
    const declared = oneLine(text.slice(node.start, end))
      .replace(/[;,]$/, '')
      .replace(/^readonly /, '');
    return [{ name, declared, doc }];
  });
}

function oneLine(text: string): string {
  return text
    .replace(/\s+/g, ' ')
    .replace(/^export /, '')
    .trim();
}

/** Turns the last `/** ... *\/` before a node into Markdown. */
function docOf({ leadingComments = [] }: Node): string {
  const comment = leadingComments.filter(({ type, value }) => type === 'CommentBlock' && value.startsWith('*')).at(-1);
  const lines = (comment?.value.slice(1) ?? '').split('\n').map(line => line.replace(/^\s*\* ?/, '').trimEnd());
  return lines
    .join('\n')
    .trim()
    .replace(/\{@link ([^}]*)\}/g, '`$1`')
    .replace(
      /\s*@default (- )?([^\n@]*)/g,
      (_, dash, value) => ` Default: ${dash ? value : `\`${value.replaceAll('`', '')}\``}.`,
    )
    .replace(/\s*@throws ([^\n@]*)/g, ' Throws $1.')
    .replace(/\s*@returns ([^\n@]*)/g, ' Returns $1.')
    .replace(/\s*@param (\w+) /g, ' `$1`: ')
    .replace(/\.\.( |$)/gm, '.$1');
}
