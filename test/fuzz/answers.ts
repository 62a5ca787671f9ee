import { refusal } from '../../lib/neo4j/transport/http-answer.ts';
import { QueryApi } from '../../lib/neo4j/transport/query-api.ts';
import { TxCommit } from '../../lib/neo4j/transport/tx-commit.ts';
import { chunked } from '../files/chunked.ts';
import { clientThatGets, isRefusedAnswer } from '../support/answered.ts';
import type { Random } from './damage.ts';
import type { Seed, Target } from './target.ts';

interface AnswerSeed extends Seed {
  readonly take: (answer: Response) => Promise<unknown>;
}

const answer = (name: string, text: string, take: AnswerSeed['take']): AnswerSeed => ({
  name,
  bytes: Buffer.from(text),
  take,
});

const TYPED = [
  ['Integer', '"7"'],
  ['Float', '"NaN"'],
  ['String', '"é"'],
  ['Boolean', 'true'],
  ['Null', 'null'],
  ['Date', '"2026-01-31"'],
  ['Time', '"12:00:00+01:00"'],
  ['LocalTime', '"12:00:00.5"'],
  ['LocalDateTime', '"2026-01-31T12:00:00"'],
  ['OffsetDateTime', '"2026-01-31T12:00:00+01:00"'],
  ['ZonedDateTime', '"2026-01-31T12:00:00+01:00[Europe/Berlin]"'],
  ['Duration', '"P1Y2M3DT4H5.6S"'],
  ['Point', '"SRID=4326;POINT (1.5 -2)"'],
  ['Base64', '"YQ=="'],
].map(([type, value]) => `{"$type":"${type}","_value":${value}}`);
const NESTED = `{"$type":"List","_value":[{"$type":"Map","_value":{"a":${TYPED[0]}}}]}`;
const ROW = `[${[...TYPED, NESTED].join()}]`;
const FIELDS = JSON.stringify(Array.from({ length: TYPED.length + 1 }, (_, n) => `c${n}`));
const QUERY = `{"data":{"fields":${FIELDS},"values":[${ROW},${ROW}]},"bookmarks":["b"]}`;
const BATCH = `{"data":{"fields":["answers"],"values":[[{"$type":"List","_value":[${TYPED[0]},${NESTED}]}]]},"bookmarks":["b"]}`;

const JOLT_ROW =
  '{"data":[{"Z":"7"},{"R":"NaN"},{"U":"é"},{"?":"true"},null,{"T":"2026-01-31"},{"T":"12:00:00+01:00"},{"T":"2026-01-31T12:00:00+01:00[Europe/Berlin]"},{"T":"P1Y2M3DT4H5.6S"},{"@":"SRID=4326;POINT (1.5 -2)"},{"#":"61"},{"[]":[{"Z":"1"},{"{}":{"a":{"U":"b"}}}]}]}\n';
const JOLT = `{"header":{"fields":["a","b"]}}\n${JOLT_ROW.repeat(2)}{"summary":{}}\n{"header":{"fields":["n"]}}\n{"data":[{"Z":"1"}]}\n{"summary":{}}\n{"info":{"lastBookmarks":["b"]}}\n`;
const FAILED =
  '{"errors":[{"code":"Neo.ClientError.Schema.ConstraintValidationFailed","message":"no \\"x\\""}]}\n{"error":{"errors":[{"code":{"U":"Neo.ClientError.Statement.ArithmeticError"},"message":{"U":"no"}}]}}\n{"info":{}}\n';

const query = { text: 'RETURN 1', parameters: {} };
const byQueryApi = (response: Response) => new QueryApi(clientThatGets(response), '/').run(query, 1000);
const batchByQueryApi = (response: Response) => new QueryApi(clientThatGets(response), '/').transact([query], 1000);
const byTxCommit = (response: Response) => new TxCommit(clientThatGets(response), '/').run(query, 1000);
const batchByTxCommit = (response: Response) => new TxCommit(clientThatGets(response), '/').transact([query], 1000);

/** What answers in the place of Neo4j: rows come of it, or an error with a code. */
export const answers: Target<AnswerSeed> = {
  name: 'answers',
  seeds: [
    answer('rows by the Query API', QUERY, byQueryApi),
    answer('a batch by the Query API', BATCH, batchByQueryApi),
    answer('rows by tx/commit', JOLT, byTxCommit),
    answer('a batch by tx/commit', JOLT, batchByTxCommit),
    answer('errors by the Query API', FAILED, byQueryApi),
    answer('errors by tx/commit', FAILED, batchByTxCommit),
    answer('a refusal', FAILED, async response => {
      throw await refusal(response);
    }),
  ],
  read: async ({ take }, bytes, random) => {
    await take(new Response(ReadableStream.from(cut(bytes, random)), { status: 200 }));
  },
  isRefusal: isRefusedAnswer,
};

async function* cut(bytes: Buffer, random: Random): AsyncGenerator<Uint8Array> {
  yield* chunked(bytes, [random(), random()]);
}
