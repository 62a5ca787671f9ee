import type { QueryRequest } from './both-endpoints.ts';

/** A request with these statements: texts, or the whole statement's fields. */
export function of(...statements: readonly (string | object)[]): QueryRequest {
  const all = statements.map(it => (typeof it === 'string' ? { statement: it } : it));
  return { body: JSON.stringify({ statements: all }) };
}

export const withParameters = (statement: string, parameters: string): QueryRequest => ({
  body: `{"statements":[{"statement":${JSON.stringify(statement)},"parameters":${parameters}}]}`,
});

const basic = (text: string) => `Basic ${Buffer.from(text).toString('base64')}`;
const returning = (expression: string): [string, QueryRequest] => [
  `RETURN ${expression}`,
  of(`RETURN ${expression} AS v`),
];
const raw = (body: string): [string, QueryRequest] => [body === '' ? 'nothing' : body, { body }];
export const graph = (statement: string, ...contents: string[]) => ({
  statement,
  resultDataContents: contents.length === 0 ? ['graph'] : contents,
});
const stats = (statement: string) => ({ statement, includeStats: true });
const people = ["CREATE (a:§ {name: 'Ada', born: 1815})-[:KNOWS {since: date('1833-06-05')}]->(b:§ {name: 'Bob'})"];

/** The examples of https://neo4j.com/docs/http-api/current/query/, as they stand there. */
export const examples: readonly [string, QueryRequest][] = [
  [
    'query the database',
    {
      headers: { accept: 'application/json;charset=UTF-8' },
      body: `{
  "statements": [
    {
      "statement": "MERGE (n:§ {name: $name, age: $age}) RETURN n",
      "parameters": {
        "name": "Alice",
        "age": 42
      }
    }
  ]
}`,
    },
  ],
  [
    'execute multiple queries',
    {
      headers: { accept: 'application/json;charset=UTF-8' },
      body: `{
  "statements": [
    { "statement": "RETURN 1" },
    { "statement": "RETURN 2" }
  ]
}`,
    },
  ],
  [
    'one of the queries fails (with the comma that should not be there)',
    {
      headers: { accept: 'application/json;charset=UTF-8' },
      body: `{
  "statements": [
    {
      "statement": "MERGE (p:§ {name: $name}) RETURN p",
      "parameters": {
        "name": "Bob"
      }
    },
    {
      "statement": "UNWIND [1, 0] AS i MERGE (n:§n {val: 1/i}) RETURN n"
    },
  ]
}`,
    },
  ],
  [
    'one of the queries fails',
    of(
      { statement: 'MERGE (p:§ {name: $name}) RETURN p', parameters: { name: 'Bob' } },
      'UNWIND [1, 0] AS i MERGE (n:§n {val: 1/i}) RETURN n',
    ),
  ],
  [
    'rollback behaviour of CALL {} IN TRANSACTIONS',
    {
      body: `{
  "statements": [
    {
      "statement": "UNWIND ['Sofia', 'Greg'] AS name CALL { WITH name CREATE (:§ {name: name}) } IN TRANSACTIONS OF 1 ROWS RETURN name"
    },
    {
      "statement": "UNWIND [1, 0] AS i MERGE (n:§n {val: 1/i}) RETURN n"
    },
  ]
}`,
    },
  ],
  [
    'query order of CALL {} IN TRANSACTIONS',
    {
      headers: { accept: 'application/json;charset=UTF-8' },
      body: `{
  "statements": [
    {
      "statement": "MERGE (p:§ {name: $name}) RETURN p.name",
      "parameters": {
        "name": "Bob"
      }
    },
    {
      "statement": "UNWIND [1, 0] AS i CALL { WITH i MERGE (:§n {val: 1/i}) } IN TRANSACTIONS OF 1 ROWS RETURN i"
    },
  ]
}`,
    },
  ],
  [
    'query parameters: literals',
    {
      body: `{
  "statements": [
    {
      "statement": "MERGE (n:§ {name: 'Alice', age: 42}) RETURN n",
    }
  ]
}`,
    },
  ],
];

export const values: readonly [string, QueryRequest][] = [
  ...[
    'null',
    'true',
    'false',
    '1',
    '-1',
    '0',
    '9223372036854775807',
    '-9223372036854775808',
    '9007199254740993',
    '1.0',
    '-0.0',
    '0.1',
    '123456789.5',
    '[9999999.0, 10000000.0, 1e10, -1e21, 1.5e300]',
    '[0.001, 0.000999, 1e-10, 2.2250738585072014E-308, 4.9E-324, 1.7976931348623157E308]',
    '[1/3.0, 2/3.0, 100.0, 1234567.0, 12345678.0, 1e6]',
    '[0.0/0.0, 1.0/0.0, -1.0/0.0]',
    "''",
    "'a\"b\\\\c\\n\\t\\u0001/é\\u2028😀'",
    "'`$x` §'",
    '[]',
    '{}',
    '[[], {}]',
    "[1, 1.0, 'a', null, [true, [2]]]",
    '{k: {l: [1.0, {m: null}]}}',
    '{`with space`: 1, `__proto__`: 2}',
    "date('2020-02-29')",
    "[date('0001-01-01'), date('-0044-03-15'), date('+12345-01-01'), date({year: 999999999}), date({year: -999999999})]",
    "[localtime('10:00'), localtime('10:00:01'), localtime('10:00:00.1'), localtime('23:59:59.999999999'), localtime('00:00:00.000001')]",
    "[time('10:00Z'), time('10:00:00.5+01:00'), time('10:00-05:30'), time('10:00:01+18:00')]",
    "[localdatetime('2020-01-01T10:00'), localdatetime('1969-12-31T23:59:59.123456'), localdatetime('-0001-01-01T00:00')]",
    "[datetime('2020-01-01T00:00Z'), datetime('2020-07-01T12:30:15.000000001+05:45'), datetime('1900-01-01T00:00-18:00')]",
    "[datetime('2020-01-01T00:00[Europe/Paris]'), datetime('2020-07-01T00:00[Europe/Paris]'), datetime('2020-01-01T00:00[UTC]')]",
    "[datetime('2020-10-25T02:30+01:00[Europe/Berlin]'), datetime('2020-10-25T02:30+02:00[Europe/Berlin]')]",
    "[datetime('1900-01-01T00:00:00.5+00:09:21')]",
    "[duration('P0D'), duration('P1Y2M3DT4.5S'), duration('PT-0.5S'), duration('PT1H1M1S'), duration('P-1Y-13M')]",
    '[duration({seconds: -1, nanoseconds: 500000000}), duration({hours: -1, seconds: 1}), duration({minutes: -1, nanoseconds: -1})]',
    '[duration({weeks: 3, days: -2, hours: 25}), duration({months: 11.5}), duration({nanoseconds: 1}), duration({seconds: 60, nanoseconds: -60000000001})]',
    '[duration({seconds: 9223372036854775807}), duration({months: -9223372036854775807})]',
    'point({x: 1, y: -2.5})',
    'point({x: 1, y: 2, z: 3})',
    'point({latitude: 51.5, longitude: -0.1})',
    'point({latitude: 51.5, longitude: -0.1, height: 1e10})',
    '[point({x: 1, y: 2}), date("2020-01-01"), 5, {a: duration("P1D"), b: localtime("10:00")}]',
  ].map(returning),
  [
    'stored values of every kind',
    {
      setup: [
        "CREATE (:§ {i: 1, f: 1.0, s: 'x', b: true, d: date('2020-01-01'), t: time('10:00Z'), p: point({x: 1, y: 2}), u: duration('P1D'), l: [1, 2], lf: [1.0, 2.5], ls: ['a'], ld: [date('2020-01-01')], lp: [point({x: 1, y: 2})], dt: datetime('2020-01-01T00:00[Europe/Paris]')})",
      ],
      ...of(
        'MATCH (n:§) RETURN n',
        'MATCH (n:§) RETURN n.i, n.f, n.s, n.b, n.d, n.t, n.p, n.u, n.dt, n.nope',
        graph('MATCH (n:§) RETURN n'),
      ),
    },
  ],
  ['a node, a relationship, a path', { setup: people, ...of('MATCH p = (a:§)-[r]->(b) RETURN a, r, b, p') }],
  ['nodes in lists and maps', { setup: people, ...of('MATCH (a:§)-[r]->(b) RETURN [a, [b]], {k: r}, [1, a, null]') }],
  ['a path of one node', { setup: people, ...of('MATCH p = (a:§ {name: "Bob"}) RETURN p') }],
  [
    'a longer path, against the direction',
    {
      setup: ['CREATE (:§ {n: 1})-[:A]->(:§ {n: 2})<-[:B {x: 1.0}]-(:§ {n: 3})'],
      ...of('MATCH p = (:§ {n: 1})--()--(:§ {n: 3}) RETURN p, nodes(p), relationships(p), length(p)'),
    },
  ],
  ['paths in lists', { setup: people, ...of('MATCH p = (:§)-[]->() RETURN [p, p], {p: p}') }],
  [
    'a bare node',
    of(
      'CREATE (n) WITH n, 1 AS one DELETE n RETURN one',
      'CREATE (:§)-[:R]->(n) RETURN n, labels(n), [n]',
      graph('MATCH (:§)-[r]->() RETURN r', 'row', 'graph'),
      'MATCH (a:§)-[r]->(n) DELETE r, a, n',
    ),
  ],
  ['optional nothing', of('OPTIONAL MATCH (n:§)-[r]->(m) RETURN n, r, m, [n], {k: m}')],
  [
    'many columns and rows',
    of('UNWIND range(1, 20) AS i RETURN i, i * 1.0 AS f, toString(i) AS s, [i] AS l, i % 2 = 0 AS e'),
  ],
  ['more rows than the driver fetches at once', of('UNWIND range(1, 2500) AS i RETURN i')],
  ['no rows', of('UNWIND [] AS i RETURN i, 2 AS two')],
  ['column names', of('RETURN 1 AS `a b`, 2 AS `"`, 3 AS `é😀`, 1 + 1, [1,2][0]')],
  [
    'functions of time',
    of(
      "RETURN date.truncate('month', date('2020-02-29')), duration.between(date('2020-01-01'), date('2021-03-04')), datetime.fromepoch(1, 2)",
    ),
  ],
  [
    'elements of temporal values',
    of("WITH datetime('2020-01-01T00:00[Europe/Paris]') AS d RETURN d.year, d.epochMillis, d.offset, d.timezone"),
  ],
];

export const parameters: readonly [string, QueryRequest][] = [
  ...[
    '1',
    '1.0',
    '1e3',
    '-0',
    '-0.0',
    '9007199254740993',
    '9223372036854775807',
    '-9223372036854775808',
    '9223372036854775808',
    '-9223372036854775809',
    '123456789012345678901234567890',
    '1E400',
    '0.1',
    '1.10',
    'true',
    'null',
    '""',
    '"\\u00e9\\ud83d\\ude00\\n"',
    '[]',
    '{}',
    '[1, 1.0, "a", null, [true]]',
    '{"a": {"b": [1, 2.0]}}',
    '{"__proto__": 1}',
    '{"constructor": {"prototype": 2}}',
    '{"toString": "x"}',
    '{"": 1}',
    '{"a": 1, "a": 2}',
  ].map((value): [string, QueryRequest] => [`$x = ${value}`, withParameters('RETURN $x AS x', `{"x": ${value}}`)]),
  ['a parameter that is missing', of('RETURN $x')],
  ['parameters that nobody uses', withParameters('RETURN 1 AS one', '{"x": 1, "y": [2]}')],
  ['names that need quotes', withParameters('RETURN $`a b` AS x, $`1` AS y', '{"a b": 1, "1": 2}')],
  [
    'integers and floats, stored',
    withParameters(
      'CREATE (n:§ {i: $i, f: $f, l: $l}) RETURN n, n.i / 2, n.f / 2',
      '{"i": 7, "f": 7.0, "l": [1.0, 2.5]}',
    ),
  ],
  [
    'rows',
    withParameters(
      'UNWIND $rows AS row CREATE (n:§) SET n = row RETURN n ORDER BY n.k',
      '{"rows": [{"k": 1, "v": "a"}, {"k": 2, "v": 2.5}]}',
    ),
  ],
  [
    'a map where a node could be',
    withParameters('RETURN $x AS x', '{"x": {"identity": 1, "labels": [], "properties": {}}}'),
  ],
  ['a list of mixed types, stored', withParameters('CREATE (n:§ {l: $l}) RETURN n', '{"l": [1, "a"]}')],
  ['null as all parameters', withParameters('RETURN 1 AS x', 'null')],
  ['a list as all parameters', withParameters('RETURN 1 AS x', '[]')],
  ['a text as all parameters', withParameters('RETURN 1 AS x', '"x"')],
  ['a number as all parameters', withParameters('RETURN 1 AS x', '5')],
  ['text of 100,000 characters', withParameters('RETURN size($x) AS s, $x AS x', `{"x": "${'é'.repeat(100_000)}"}`)],
];

export const bodies: readonly [string, QueryRequest][] = [
  ...[
    '',
    ' ',
    '\n',
    '{}',
    '[]',
    '[[1]]',
    'null',
    '5',
    '5.5',
    '"x"',
    'true',
    '{"statements":null}',
    '{"statements":{}}',
    '{"statements":"x"}',
    '{"statements":[]}',
    ' { "statements" : [ ] } ',
    '{"x":1,"statements":[]}',
    '{"statement":"RETURN 1"}',
    '{"Statements":[]}',
    '{',
    '{"statements"',
    '{"statements":[',
    '{"statements":[{',
    '{"statements":[{"statement":"RETURN 1"}',
    '{"statements":[{"statement":"RETURN 1"},',
    '{"statements":[{"statement":"RETURN 1"}]',
    '{"statements":[{"statement":"RETURN 1"}]} garbage',
    '{"statements":[{"statement":"RETURN 1"}], "other": 1}',
    '{"statements":[{"statement":"RETURN 1"}, {]}',
    '{"statements":[{"statement":"RETURN 1"} {"statement":"RETURN 2"}]}',
    "{'statements':[]}",
    '{"statements":[{"statement":"RETURN 1","parameters":{x:1}}]}',
    '{"statements":[{"statement":"RETURN 1","parameters":{"x":01}}]}',
    '{"statements":[{"statement":"RETURN 1","parameters":{"x":NaN}}]}',
    '{"statements":[{"statement":"RETURN \n 1"}]}',
    '{"\\u0073tatements":[{"statement":"RETURN 1"}]}',
    '{"statements":[null]}',
    '{"statements":[1]}',
    '{"statements":["RETURN 1"]}',
    '{"statements":[{"statement":null}]}',
    '{"statements":[{"statement":5}]}',
    '{"statements":[{"statement":true}]}',
    '{"statements":[{"statement":{"a":1}}]}',
    '{"statements":[{"statement":["RETURN 1"]}]}',
    '{"statements":[{"parameters":{}}]}',
    '{"statements":[{"unknown":1}]}',
    '{"statements":[{"statement":"RETURN 1","unknown":{"a":[1,2]}}]}',
    '{"statements":[{"statement":"RETURN 2","statement":"RETURN 1"}]}',
    '{"statements":[{"statement":"RETURN 1","includeStats":"x"}]}',
    '{"statements":[{"statement":"RETURN 1","includeStats":1}]}',
    '{"statements":[{"statement":"RETURN 1","includeStats":null}]}',
    '{"statements":[{"statement":"RETURN 1","includeStats":false}]}',
    '{"statements":[{"statement":"RETURN 1","resultDataContents":null}]}',
    '{"statements":[{"statement":"RETURN 1","resultDataContents":[]}]}',
    '{"statements":[{"statement":"RETURN 1","resultDataContents":"row"}]}',
    '{"statements":[{"statement":"RETURN 1","resultDataContents":["ROW"]}]}',
    '{"statements":[{"statement":"RETURN 1","resultDataContents":["foo"]}]}',
    '{"statements":[{"statement":"RETURN 1","resultDataContents":[1]}]}',
    '{"statements":[{"statement":"RETURN 1"},{"statement":"RETURN 2","resultDataContents":["foo"]}]}',
    '{"statements":[{"statement":"RETURN 1"},{"statement":"RETURN $x","parameters":{"x":9223372036854775808}}]}',
    '{"statements":[{"statement":"CREATE (n:§) RETURN 1"},5]}',
    `{"statements":[{"statement":"RETURN 1","unknown":${'['.repeat(500)}${']'.repeat(500)}}]}`,
  ].map((body): [string, QueryRequest] => (body.length > 200 ? ['deep nesting', { body }] : raw(body))),
  [
    'a byte order mark',
    {
      body: Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), Buffer.from('{"statements":[{"statement":"RETURN 1"}]}')]),
    },
  ],
  ['bytes that are no UTF-8', { body: Buffer.from('{"statements":[{"statement":"RETURN \'\xff\'"}]}', 'latin1') }],
  ['bytes of UTF-8, in base64', { body: Buffer.from('{"statements":[{"statement":"RETURN \'é😀\' AS x"}]}') }],
];

export const errors: readonly [string, QueryRequest][] = [
  ['a syntax error', of('FOO')],
  ['a syntax error after a result', of('RETURN 1', 'RETRUN 2', 'RETURN 3')],
  ['an unknown variable', of('RETURN x')],
  ['an unknown function', of('RETURN foo(1)')],
  ['an unknown procedure', of('CALL foo.bar()')],
  ['two statements in one', of('RETURN 1; RETURN 2')],
  ['a semicolon at the end', of('RETURN 1 AS x;')],
  ['a comment', of('RETURN 1 AS x // comment', '/* c */ RETURN 2 AS y')],
  ['a type error', of("RETURN 1 + 'a' AS x", 'RETURN toInteger(true) + {} AS y')],
  ['division by zero', of('RETURN 1/0')],
  ['a failure after some rows', of('UNWIND [1, 2, 0, 3] AS i RETURN 1/i AS x')],
  ['a failure after thousands of rows', of('UNWIND range(2000, 0, -1) AS i RETURN 1/i AS x')],
  ['integer overflow', of('RETURN 9223372036854775807 + 1')],
  ['an integer literal too large', of('RETURN 9223372036854775808')],
  ['a bad temporal literal', of("RETURN date('foo')")],
  ['a bad point', of('RETURN point({x: 1})')],
  ['an index out of the list', of('RETURN [1][5] AS x, [1]["a"] AS y')],
  ['a property of a deleted node', { setup: people, ...of('MATCH (n:§) DETACH DELETE n RETURN n.name') }],
  [
    'a constraint violated',
    {
      setup: ['CREATE CONSTRAINT c§ FOR (n:§) REQUIRE n.k IS UNIQUE', 'CREATE (:§ {k: 1})'],
      ...of('CREATE (n:§ {k: 2}) RETURN n.k', 'CREATE (n:§ {k: 1})'),
    },
  ],
  [
    'a constraint violated in MERGE',
    {
      setup: ['CREATE CONSTRAINT c§ FOR (n:§) REQUIRE n.k IS UNIQUE', 'CREATE (:§ {k: 1})'],
      ...of('MERGE (n:§ {k: 1, l: 2})'),
    },
  ],
  [
    'a constraint that is there',
    {
      setup: ['CREATE CONSTRAINT c§ FOR (n:§) REQUIRE n.k IS UNIQUE'],
      ...of('CREATE CONSTRAINT c§ FOR (n:§) REQUIRE n.k IS UNIQUE'),
    },
  ],
  [
    'a constraint that data violates',
    { setup: ['CREATE (:§ {k: 1}), (:§ {k: 1})'], ...of('CREATE CONSTRAINT c§ FOR (n:§) REQUIRE n.k IS UNIQUE') },
  ],
  ['an index dropped that is none', of('DROP INDEX i§')],
  ['a constraint of another edition', of('CREATE CONSTRAINT c§ FOR (n:§) REQUIRE n.k IS NODE KEY')],
  ['writing after schema', of('CREATE INDEX i§ FOR (n:§) ON (n.x)', 'CREATE (n:§)')],
  ['schema after writing', of('CREATE (n:§)', 'CREATE INDEX i§ FOR (n:§) ON (n.x)')],
  ['a null key in MERGE', of('MERGE (n:§ {k: null})')],
  ['a property that cannot be', of('CREATE (n:§ {k: {a: 1}})')],
  ['a missing parameter, second', of('CREATE (n:§) RETURN 1', 'RETURN $x, $y')],
  ['a database that is none', of('USE §nope RETURN 1')],
  ['another database', of('USE system RETURN 1')],
  ['an index hint that cannot be', of('MATCH (n:§) USING INDEX n:§(k) WHERE n.k = 1 RETURN n')],
  ['a file that is not there', of("LOAD CSV FROM 'file:///nope§.csv' AS line RETURN line")],
  ['a subquery’s error', of('UNWIND [1, 0] AS i CALL (i) { RETURN 1/i AS x } RETURN x')],
  ['all results before an error', of('RETURN 1 AS a', 'UNWIND [1, 2] AS b RETURN b', 'RETURN 1/0', 'RETURN 4')],
  [
    'nothing is left of a failure',
    { setup: ['CREATE (:§ {k: 0})'], ...of('CREATE (n:§ {k: 1}) RETURN n', 'MATCH (n:§) SET n.k = 1/n.k') },
  ],
];

const inTransactions = (variable: string, body: string) => `CALL (${variable}) { ${body} } IN TRANSACTIONS OF 1 ROWS`;
const creating = `UNWIND [1, 2] AS x ${inTransactions('x', 'CREATE (:§ {x: x})')} RETURN x`;
const count = 'MATCH (n:§) RETURN count(n) AS c';

export const transactions: readonly [string, QueryRequest][] = [
  ['a subquery in transactions', of(creating, count)],
  ['its statistics', of(stats(creating))],
  ['it fails half-way', of(`UNWIND [1, 0, 2] AS x ${inTransactions('x', 'CREATE (:§ {x: 1/x})')} RETURN x`)],
  [
    'it goes on after errors',
    of(
      `UNWIND [1, 0, 2] AS x CALL (x) { CREATE (n:§ {x: 1/x}) RETURN n.x AS y } IN TRANSACTIONS OF 1 ROWS ON ERROR CONTINUE REPORT STATUS AS s RETURN x, y, s.committed`,
      count,
    ),
  ],
  ['after a read', of('RETURN 1 AS one', count, creating, count)],
  ['after a write', of('CREATE (n:§ {w: 1}) RETURN n.w', creating)],
  ['after a write that changed nothing', of('MATCH (n:§) SET n.x = 1', creating, count)],
  ['after another', of(creating, creating, count)],
  ['before a write', of(creating, 'CREATE (n:§ {x: 3}) RETURN n.x', count)],
  ['before a write, then another', of(creating, 'CREATE (n:§ {x: 3}) RETURN n.x', creating)],
  ['before a failure', of(creating, 'RETURN 1/0')],
  ['before bad JSON', { body: `{"statements":[{"statement":"${creating}"},` }],
  [
    'with parameters',
    of({
      statement: `UNWIND $xs AS x ${inTransactions('x', 'CREATE (:§ {x: x})')} RETURN x`,
      parameters: { xs: [1, 2.5] },
    }),
  ],
  ['deleting', { setup: people, ...of(`MATCH (n:§) ${inTransactions('n', 'DETACH DELETE n')}`, count) }],
  ['nested in another call', of('CALL { UNWIND [1] AS x CALL (x) { CREATE (:§) } IN TRANSACTIONS RETURN x } RETURN x')],
  [
    'in concurrent transactions',
    of(
      `UNWIND [1, 2] AS x CALL (x) { CREATE (:§ {x: x}) } IN 2 CONCURRENT TRANSACTIONS OF 1 ROWS RETURN x ORDER BY x`,
      count,
    ),
  ],
  ['one that reads', of('UNWIND [1, 2] AS x CALL (x) { RETURN x * 2 AS y } IN TRANSACTIONS OF 1 ROWS RETURN y')],
  [
    'a statement sees what those before it wrote',
    of('CREATE (n:§ {v: 1}) RETURN n.v', 'MATCH (n:§) SET n.v = 2 RETURN n.v', count, 'MATCH (n:§) DELETE n', count),
  ],
  [
    'schema',
    of(
      stats('CREATE INDEX i§ FOR (n:§) ON (n.x)'),
      stats('DROP INDEX i§'),
      stats('CREATE CONSTRAINT c§ FOR (n:§) REQUIRE n.x IS UNIQUE'),
      stats('DROP CONSTRAINT c§'),
    ),
  ],
  [
    'schema that is there',
    {
      setup: ['CREATE INDEX i§ FOR (n:§) ON (n.x)'],
      ...of(stats('CREATE INDEX i§ IF NOT EXISTS FOR (n:§) ON (n.x)'), 'DROP INDEX i§'),
    },
  ],
  [
    'SHOW',
    of(
      "SHOW INDEXES YIELD name, type WHERE name = '§' RETURN *",
      "SHOW DATABASES YIELD name WHERE name = 'neo4j' RETURN name",
    ),
  ],
  ['reading in read access', { headers: { 'access-mode': 'READ' }, ...of('MATCH (n:§) RETURN n') }],
  ['writing in read access', { headers: { 'access-mode': 'READ' }, ...of('RETURN 1', 'CREATE (n:§) RETURN n') }],
  ['merging in read access', { headers: { 'access-mode': 'read' }, ...of('MERGE (n:§) RETURN n') }],
  ['schema in read access', { headers: { 'access-mode': 'READ' }, ...of('CREATE INDEX i§ FOR (n:§) ON (n.x)') }],
  [
    'administration in read access',
    { headers: { 'access-mode': 'READ' }, ...of("CREATE USER u§ SET PASSWORD 'abcdefgh12'") },
  ],
  ['a subquery in transactions in read access', { headers: { 'access-mode': 'READ' }, ...of(creating) }],
  ['a procedure that writes in read access', { headers: { 'access-mode': 'READ' }, ...of("CALL db.createLabel('§')") }],
  ['an unknown access mode', { headers: { 'access-mode': 'foo' }, ...of('RETURN 1') }],
  ['an empty list of bookmarks', { headers: { bookmarks: '[]' }, ...of('RETURN 1') }],
  ['bookmarks that are none', { headers: { bookmarks: '["foo"]' }, ...of('RETURN 1') }],
  ['bookmarks that are no JSON', { headers: { bookmarks: 'foo' }, ...of('RETURN 1') }],
  ['bookmarks that are no list', { headers: { bookmarks: '"foo"' }, ...of('RETURN 1') }],
  ['a time limit that suffices', { headers: { 'max-execution-time': '20000' }, ...of('RETURN 1') }],
  ['a time limit that is none', { headers: { 'max-execution-time': 'soon' }, ...of('RETURN 1') }],
];

export const results: readonly [string, QueryRequest][] = [
  ['graph of a node', { setup: people, ...of(graph('MATCH (n:§) RETURN n ORDER BY n.name')) }],
  ['graph of a relationship, with its ends', { setup: people, ...of(graph('MATCH (:§)-[r]->() RETURN r')) }],
  ['graph of a path', { setup: people, ...of(graph('MATCH p = (:§)-[]->() RETURN p')) }],
  ['graph of nested values', { setup: people, ...of(graph('MATCH (a:§)-[r]->(b) RETURN [{k: [r]}, a] AS x, 5 AS y')) }],
  [
    'graph of the same node twice',
    { setup: people, ...of(graph('MATCH (a:§)-[r]->(b) RETURN a, a AS again, [a, b]')) },
  ],
  ['graph of a loop', { setup: ['CREATE (a:§)-[:SELF {x: 1}]->(a)'], ...of(graph('MATCH (:§)-[r]->() RETURN r')) }],
  ['graph of nothing', of(graph('RETURN 1 AS x, null AS n, [] AS l'))],
  ['graph of no rows', of(graph('MATCH (n:§) RETURN n'))],
  [
    'graph of several labels and types',
    {
      setup: ['CREATE (a:§:§b {d: date("2020-01-01")})-[:R1]->(b:§)-[:R2 {p: point({x: 1, y: 2})}]->(a)'],
      ...of(graph('MATCH (a:§b)-[r]->(b)-[s]->(a) RETURN a, r, b, s')),
    },
  ],
  ['row and graph', { setup: people, ...of(graph('MATCH p = (:§)-[]->() RETURN p', 'row', 'graph')) }],
  ['graph and row', { setup: people, ...of(graph('MATCH (n:§)-[r]->() RETURN n, r', 'graph', 'row')) }],
  ['row twice', of(graph('RETURN 1 AS x', 'row', 'row'))],
  ['row by name', of(graph('RETURN 1 AS x', 'row'))],
  [
    'graph with statistics',
    {
      ...of({
        statement: 'CREATE (a:§)-[r:R]->(b:§ {x: 1}) RETURN r',
        resultDataContents: ['GRAPH'],
        includeStats: true,
      }),
    },
  ],
  [
    'different contents in one request',
    {
      setup: people,
      ...of('MATCH (n:§) RETURN n.name ORDER BY n.name', graph('MATCH (n:§ {name: "Ada"}) RETURN n'), 'RETURN 1'),
    },
  ],
  ['a node deleted', { setup: ['CREATE (:§ {x: 1})'], ...of('MATCH (n:§) DELETE n RETURN n', count) }],
  [
    'a node deleted, as graph',
    { setup: ['CREATE (:§ {x: 1})'], ...of(graph('MATCH (n:§) DELETE n RETURN n', 'row', 'graph')) },
  ],
  [
    'a node deleted, in a list, a map and a path',
    { setup: ['CREATE (:§ {x: 1})'], ...of('MATCH p = (n:§) DELETE n RETURN [n], {k: n}, p') },
  ],
  ['a relationship deleted', { setup: people, ...of('MATCH (a:§)-[r]->(b) DELETE r RETURN a.name, r, [r]') }],
  [
    'a node deleted with its relationship',
    { setup: people, ...of('MATCH (a:§)-[r]->(b) DETACH DELETE a RETURN a, r') },
  ],
  [
    'a node deleted by an earlier statement',
    { setup: ['CREATE (:§ {x: 1})'], ...of('MATCH (n:§) RETURN n', 'MATCH (n:§) DELETE n', 'MATCH (n:§) RETURN n') },
  ],
  [
    'a bare node beside a deleted one',
    {
      setup: ['CREATE (:§ {x: 1})'],
      ...of('MATCH (n:§) CREATE (:§b)-[:R]->(m) DELETE n RETURN n, m', 'MATCH (b:§b)-[r]->(m) DELETE r, b, m'),
    },
  ],
  ['statistics of creation', of(stats('CREATE (a:§ {x: 1, y: 2})-[:R {z: 3}]->(:§:§b)'))],
  [
    'statistics of changes',
    { setup: people, ...of(stats('MATCH (n:§) SET n.x = 1, n:§b REMOVE n.name'), stats('MATCH (n:§b) REMOVE n:§b')) },
  ],
  ['statistics of deletion', { setup: people, ...of(stats('MATCH (n:§) DETACH DELETE n')) }],
  ['statistics of reading', of(stats('RETURN 1'))],
  [
    'statistics of MERGE',
    of(stats('MERGE (n:§ {x: 1}) ON CREATE SET n.y = 1'), stats('MERGE (n:§ {x: 1}) ON MATCH SET n.y = 2')),
  ],
  ['statistics of users', of(stats("CREATE USER u§ SET PASSWORD 'abcdefgh12'"), stats('DROP USER u§'))],
  ['no statistics after a failure', of(stats('RETURN 1/0'))],
  ['EXPLAIN', of('EXPLAIN MATCH (n:§) WHERE n.x > 1 RETURN n.x AS x ORDER BY x')],
  ['EXPLAIN with statistics', of(stats('EXPLAIN CREATE (n:§)'))],
  ['EXPLAIN of a subquery in transactions', of(`EXPLAIN ${creating}`)],
  ['PROFILE', { setup: people, ...of('PROFILE MATCH (n:§)-[r]->(m) RETURN n.name') }],
  ['CYPHER options', of('CYPHER 5 runtime=slotted RETURN 1 AS x')],
  ['a notification of an unknown label and property', of('MATCH (n:§nope) RETURN n.§nope')],
  ['a notification of an unknown type', of('MATCH ()-[r:§nope]->() RETURN r')],
  ['a notification of a product', of('MATCH (a:§), (b:§) RETURN a, b')],
  ['a notification of a deprecated function', { setup: people, ...of('MATCH (a:§) WHERE id(a) < 0 RETURN a') }],
  ['a notification of a deprecated subquery', of('WITH 1 AS x CALL { WITH x RETURN x AS y } RETURN y')],
  ['notifications of several statements', of('MATCH (n:§nope) RETURN n', 'MATCH (a:§), (b:§) RETURN a, b')],
  ['notifications before an error', of('MATCH (n:§nope) RETURN n', 'RETURN 1/0')],
  [
    'a procedure',
    of("CALL db.labels() YIELD label WHERE label = '§' RETURN label", 'CALL dbms.components() YIELD name RETURN name'),
  ],
  ['FINISH', of('FINISH', stats('MATCH (n:§) FINISH'))],
  ['UNION', of('RETURN 1 AS x UNION ALL RETURN 2.0 AS x')],
  ['twenty statements', of(...Array.from({ length: 20 }, (_, i) => `RETURN ${i} AS x`))],
];

export const headers: readonly [string, QueryRequest][] = [
  ['no Authorization', { headers: { authorization: '' }, ...of('RETURN 1') }],
  ['Basic and nothing', { headers: { authorization: 'Basic' }, ...of('RETURN 1') }],
  ['no base64', { headers: { authorization: 'Basic !!!' }, ...of('RETURN 1') }],
  ['no colon', { headers: { authorization: basic('neo4j') }, ...of('RETURN 1') }],
  ['no user', { headers: { authorization: basic(':x') }, ...of('RETURN 1') }],
  ['a user that is none', { headers: { authorization: basic('nobody-a:x') }, ...of('RETURN 1') }],
  ['an empty password', { headers: { authorization: basic('nobody-b:') }, ...of('RETURN 1') }],
  ['a password with a colon', { headers: { authorization: basic('nobody-c:a:b') }, ...of('RETURN 1') }],
  ['in lower case', { headers: { authorization: basic('nobody-d:x').replace('B', 'b') }, ...of('RETURN 1') }],
  ['Digest', { headers: { authorization: 'Digest abc' }, ...of('RETURN 1') }],
  ['Bearer', { headers: { authorization: 'Bearer abc' }, ...of('RETURN 1') }],
  ['wrong, and a body that is no JSON', { headers: { authorization: basic('nobody-e:x') }, body: '{' }],
  [
    'wrong, and another database',
    { headers: { authorization: basic('nobody-f:x') }, path: '/db/nope/tx/commit', ...of('RETURN 1') },
  ],
  ['none, and another path', { headers: { authorization: '' }, path: '/db/neo4j/other', ...of('RETURN 1') }],
  ['none, and a path outside', { headers: { authorization: '' }, path: '/other', ...of('RETURN 1') }],
  ['none, and another method', { headers: { authorization: '' }, method: 'GET' }],
  ['none, and another type', { headers: { authorization: '', 'content-type': 'text/plain' }, ...of('RETURN 1') }],
  ['an unknown database', { path: '/db/nope/tx/commit', ...of('RETURN 1') }],
  ['an unknown database with a strange name', { path: '/db/a%20b%22/tx/commit', ...of('RETURN 1') }],
  ['an unknown database and a bad body', { path: '/db/nope/tx/commit', body: '{' }],
  [
    'an unknown database and a bad header',
    { path: '/db/nope/tx/commit', headers: { 'access-mode': 'foo' }, ...of('RETURN 1') },
  ],
  ['the database in upper case', { path: '/db/Neo4J/tx/commit', ...of('RETURN 1') }],
  ['the database percent-encoded', { path: '/db/ne%6f4j/tx/commit', ...of('RETURN 1') }],
  ['a slash at the end', { path: '/db/neo4j/tx/commit/', ...of('RETURN 1') }],
  ['more of a path', { path: '/db/neo4j/tx/commit/x', ...of('RETURN 1') }],
  ['another path', { path: '/db/neo4j/nope', ...of('RETURN 1') }],
  ['a path outside', { path: '/other', ...of('RETURN 1') }],
  ['GET', { method: 'GET' }],
  ['PUT', { method: 'PUT', ...of('RETURN 1') }],
  ['PATCH', { method: 'PATCH', ...of('RETURN 1') }],
  ['OPTIONS', { method: 'OPTIONS' }],
  ['OPTIONS without Authorization', { method: 'OPTIONS', headers: { authorization: '' } }],
  ['another type of body', { headers: { 'content-type': 'text/plain' }, ...of('RETURN 1') }],
  ['a form', { headers: { 'content-type': 'application/x-www-form-urlencoded' }, ...of('RETURN 1') }],
  ['no type of body', { headers: { 'content-type': '' }, ...of('RETURN 1') }],
  ['a type that is none', { headers: { 'content-type': 'nonsense' }, ...of('RETURN 1') }],
  ['a type with a charset', { headers: { 'content-type': 'application/json;charset=UTF-8' }, ...of('RETURN 1') }],
  ['a type in upper case', { headers: { 'content-type': 'Application/JSON' }, ...of('RETURN 1') }],
  ['Accept with a charset', { headers: { accept: 'application/json; charset=UTF-8' }, ...of('RETURN 1') }],
  ['Accept of several', { headers: { accept: 'text/html, application/*;q=0.5' }, ...of('RETURN 1') }],
  ['Accept with parameters', { headers: { accept: '*/*;q=0.1, application/json;stream=true' }, ...of('RETURN 1') }],
];

export const groups = { examples, values, parameters, bodies, errors, transactions, results, headers };
