/** Tests a flow without any service: a file in, rows and rejections out. For vitest `expect.extend(matchers)`, for node:test the `assert` functions. */
import assert from 'node:assert';
import type { DeclaredFile } from './declare-file.ts';
import {
  declaresNode,
  declaresRelation,
  isAccepted,
  isRejected,
  type SomeProperties,
  type Verdict,
} from './expectations.ts';
import type { Readable } from './readable.ts';

export {
  type DeclaredFile,
  type DeclaredNode,
  type DeclaredRelation,
  declareFile,
  type FileHeaders,
} from './declare-file.ts';
export type { SomeProperties, Verdict } from './expectations.ts';
export type { Readable } from './readable.ts';

/**
 * Matchers for vitest (and others that extend `expect` alike):
 *
 *     expect.extend(matchers);
 *     expect(file).toDeclareNode('Person', 'ada', { name: 'Ada' });
 */
export const matchers = {
  toDeclareNode: declaresNode,
  toDeclareRelation: declaresRelation,
  toBeRejected: isRejected,
  toBeAccepted: isAccepted,
};

/** Fails unless a file declares a node with a key, and these properties among others. @throws AssertionError */
export function assertNode(file: DeclaredFile, label: string, key: Readable, properties?: SomeProperties): void {
  check(declaresNode(file, label, key, properties), assertNode);
}

/** Fails unless a file declares an edge between two keys, with these properties among others. @throws AssertionError */
export function assertRelation(
  file: DeclaredFile,
  type: string,
  ends: readonly [from: Readable, to: Readable],
  properties?: SomeProperties,
): void {
  check(declaresRelation(file, type, ends, properties), assertRelation);
}

/** Fails unless a file is rejected, with a line that has a text or matches an expression. @throws AssertionError */
export function assertRejected(file: DeclaredFile, saying?: string | RegExp): void {
  check(isRejected(file, saying), assertRejected);
}

/** Fails unless a file is accepted whole: not rejected, and no record left out. @throws AssertionError */
export function assertAccepted(file: DeclaredFile): void {
  check(isAccepted(file), assertAccepted);
}

function check({ pass, message }: Verdict, where: (...args: never[]) => void): void {
  if (!pass) assert.fail(new assert.AssertionError({ message: message(), operator: where.name, stackStartFn: where }));
}
