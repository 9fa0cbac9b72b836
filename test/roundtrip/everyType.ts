// Every column type of Postgres, with values at its edges: DDL of a table and the values, as SQL literals.

export interface TypeSample {
  readonly column: string
  /** SQL of the type. */
  readonly type: string
  /** As the text that Postgres reads. */
  readonly values: readonly string[]
  /** Whether records can be found by a value of it: `eq` over both protocols. */
  readonly isComparable: boolean
}

export const PREPARE = `
create type odd_mood as enum ('', 'a b', 'it''s', '"quoted"', 'ünï', 'A', 'null', 'x,y', '{z}');
create type mood as enum ('A', 'B');
create type pair as (a int, b text);
create domain short_text as text check (length(value) < 40);
create domain amount as numeric(12, 3);
create domain int_list as int[];
create type spans as range (subtype = float8);
`

const sample = (type: string, ...values: readonly string[]): Omit<TypeSample, 'column'> => ({
  type,
  values,
  isComparable: true,
})
const shown = (type: string, ...values: readonly string[]): Omit<TypeSample, 'column'> => ({
  type,
  values,
  isComparable: false,
})

const SAMPLES: readonly Omit<TypeSample, 'column'>[] = [
  sample('smallint', '-32768', '0', '32767'),
  sample('integer', '-2147483648', '7', '2147483647'),
  sample('bigint', '-9223372036854775808', '9007199254740992', '9007199254740993', '12'),
  sample(
    'numeric',
    '1.5',
    '-0.000000000000000000001',
    '123456789012345678901234567890.123456789',
    'NaN',
    'Infinity',
    '-Infinity',
    '9007199254740993',
    '0',
  ),
  sample('numeric(20, 6)', '1.500000', '12345678901234.123456', '0.000001'),
  sample('real', '0.1', '3.4028235e+38', '1e-45', 'NaN', 'Infinity', '-Infinity'),
  sample(
    'double precision',
    '0.1',
    '1.7976931348623157e+308',
    '5e-324',
    'NaN',
    'Infinity',
    '-Infinity',
    '1e+300',
  ),
  sample('boolean', 'true', 'false'),
  sample('text', '', ' x ', 'it\'s "q" \\ ,{}[]', 'línea\n2\t', '🎉', 'null', '\\x00', '%00', '-'),
  sample('varchar(30)', '', 'varchar "x"', '(a)'),
  sample('char(5)', 'ab', 'abcde'),
  sample('"char"', 'a', '"'),
  sample('name', 'some_name', 'n"x'),
  sample('bytea', '\\x', '\\x00ff10', '\\xdeadbeef'),
  sample(
    'uuid',
    '0199cccc-0000-4000-8000-000000000000',
    'ffffffff-ffff-ffff-ffff-ffffffffffff',
    '00000000-0000-0000-0000-000000000000',
  ),
  sample(
    'date',
    '2026-02-28',
    '0044-03-15 BC',
    '9999-12-31',
    '12345-06-07',
    'infinity',
    '-infinity',
    '0001-01-01',
    '0001-12-31 BC',
    '4713-01-01 BC',
    '5874897-12-31',
  ),
  sample(
    'timestamp',
    '2026-02-28 12:34:56.123456',
    '2026-02-28 12:34:56',
    '2026-02-28 12:34:56.1',
    '0044-03-15 01:02:03.000001 BC',
    '12345-06-07 08:09:10',
    'infinity',
    '-infinity',
    '294276-12-31 23:59:59.999999',
  ),
  sample(
    'timestamptz',
    '2026-02-28 12:34:56.123456+00',
    '2026-02-28 12:34:56+00',
    '2026-02-28 12:34:56.12+00',
    '0044-03-15 01:02:03.000001+00 BC',
    '12345-06-07 08:09:10+00',
    'infinity',
    '-infinity',
    '294276-12-31 23:59:59.999999+00',
  ),
  sample('timestamptz(0)', '2026-02-28 12:34:56+00', '1969-12-31 23:59:59+00'),
  sample('time', '00:00:00', '24:00:00', '12:34:56.123456'),
  sample('timetz', '00:00:00+00', '24:00:00-15:59', '12:34:56.123456+02'),
  sample(
    'interval',
    '00:00:00',
    '1 year 2 mons 3 days 04:05:06.789',
    '-3 days -01:00:00',
    '1 mon -1 days',
    '00:00:00.000001',
  ),
  sample('money', '$1.50', '-$92,233,720,368,547,758.08'),
  sample('bit(8)', '10101010', '00000000'),
  sample('bit varying(12)', '1', '101', ''),
  sample('inet', '10.0.0.1', '10.1.0.0/16', '::1', '2001:db8::/32'),
  sample('cidr', '10.0.0.0/8', '2001:db8::/32'),
  sample('macaddr', '08:00:2b:01:02:03'),
  sample('macaddr8', '08:00:2b:01:02:03:04:05'),
  shown('json', '{"a":[1,null,"x"]}', '[]', '{}', '3', '"text"', 'true', '{"n":1.5}', '[[]]'),
  shown('jsonb', '{"a": [1, null, "x"]}', '[]', '{}', '3', '"text"', 'true', '{"n": 1.5}', '[[]]'),
  sample('jsonpath', '$."a"[*]', '$'),
  sample('xml', '<a>1</a>', 'text', '<a b="c &amp; d"/>'),
  sample('point', '(1,2)', '(-1.5,1e+300)'),
  sample('line', '{1,-1,0}'),
  sample('lseg', '[(1,2),(3,4)]'),
  sample('box', '(3,4),(1,2)'),
  sample('path', '((1,2),(3,4))', '[(1,2),(3,4)]'),
  sample('polygon', '((1,2),(3,4),(5,6))'),
  sample('circle', '<(1,2),3>'),
  sample('int4range', 'empty', '[1,5)', '(,5)', '[1,)', '(,)'),
  sample('int8range', '[1,9007199254740993)'),
  sample('numrange', '[1.5,2.25]', '(,NaN)'),
  sample('daterange', '[2026-01-01,2026-02-01)', '[-infinity,infinity)'),
  sample('tsrange', '["2026-01-01 00:00:00","2026-01-02 00:00:00.5")'),
  sample('tstzrange', '["2026-01-01 00:00:00+00",infinity)'),
  sample('int4multirange', '{}', '{[1,3),[5,7)}'),
  sample('datemultirange', '{[2026-01-01,2026-01-03)}'),
  sample('spans', '[1.5,2.5)', 'empty'),
  sample('tsquery', "'a' & 'b' | !'c'", "'x':*"),
  sample('pg_lsn', '16/B374D848'),
  sample('oid', '0', '4294967295'),
  sample('xid8', '12'),
  sample('odd_mood', '', 'a b', "it's", '"quoted"', 'ünï', 'A', 'null', 'x,y', '{z}'),
  sample('pair', '(1,"a b")', '(,)', '(2,"q""x")', '(3,"")'),
  sample('short_text', '', 'short'),
  sample('amount', '1.500', '-0.001'),
  shown('int[]', '{}', '{1,2,NULL}', '{-1}'),
  shown('text[]', '{}', '{"",NULL,"NULL","a,b","{x}","\\"","\\\\"," "}', '{a}'),
  shown('text[][]', '{{a,b},{"",NULL}}', '{}', '{a}'),
  shown('int[][]', '{{1,2},{3,NULL}}', '{{{1},{2}},{{3},{4}}}', '{1,2}'),
  shown('int_list', '{1,2}', '{}'),
  shown('bool[]', '{t,f,NULL}'),
  shown('numeric[]', '{1.50,NaN,NULL,123456789012345678901234567890}'),
  shown('float8[]', '{0.1,Infinity,-Infinity,NaN}'),
  shown('timestamptz[]', '{"2026-01-01 00:00:00.123456+00",infinity,NULL}'),
  shown('date[]', '{2026-01-01,-infinity}'),
  shown('jsonb[]', '{"{\\"a\\": 1}",NULL,"null"}'),
  shown('bytea[]', '{"\\\\xff","\\\\x"}'),
  shown('inet[]', '{10.0.0.1,::1}'),
  shown('uuid[]', '{0199cccc-0000-4000-8000-000000000000}'),
  shown('odd_mood[]', '{}', '{"",NULL,"a b","\\"quoted\\"","null","x,y","{z}"}'),
  shown('pair[]', '{"(1,\\"a b\\")",NULL}'),
  shown('int4range[]', '{"[1,5)",empty}'),
  shown('timestamp[]', '{"2026-01-01 00:00:00.1","0044-03-15 01:02:03 BC",NULL}', '{"12345-06-07 08:09:10"}'),
  shown('date[]', '{12345-06-07,"0044-03-15 BC"}'),
  shown('tsvector', "'alpha':1A,2 'beta'", ''),
  shown('interval[]', '{"1 day",-01:00:00}'),
  shown('point[]', '{"(1,2)"}'),
  shown('int4range[][]', '{{"[1,5)",empty}}', '{{"(,)"},{NULL}}'),
  shown('tsrange[][]', '{{"[\\"2026-01-01 00:00:00\\",\\"2026-01-02 00:00:00\\"]"}}'),
  shown('int4multirange[][]', '{{"{[1,3),[5,7)}"}}'),
  shown('pair[][]', '{{"(1,\\"a b\\")",NULL}}'),
  shown('odd_mood[][]', '{}', '{{"",NULL},{"a b","\\"quoted\\""}}', '{{{"{z}"}}}'),
  shown('mood[]', '{A,NULL}', '{}'),
  shown('mood[][]', '{{A,NULL},{B,A}}', '{A}'),
  shown('jsonb[][]', '{{"{\\"a\\": 1}",NULL},{"[1]","\\"x\\""}}'),
  shown('json[]', '{"{\\"a\\":1}",NULL,"[]"}'),
  shown('json[][]', '{{"[1]","null"}}'),
  shown('date[][]', '{{2026-01-01,-infinity}}'),
  shown('timestamptz[][]', '{{"2026-01-01 00:00:00.123456+00",NULL}}'),
  shown('float8[][]', '{{0.1,Infinity},{-Infinity,NaN}}'),
  shown('bool[][]', '{{t,f},{NULL,t}}'),
  shown('bytea[][]', '{{"\\\\xff"}}'),
  shown('uuid[][]', '{{0199cccc-0000-4000-8000-000000000000}}'),
  shown('xml[]', '{<a>1</a>,NULL}'),
  shown('tsvector[]', '{"\'alpha\':1A"}'),
  shown('money[]', '{$1.50}'),
  shown('bit(3)[]', '{101,NULL}'),
  shown('amount[]', '{1.500,NULL}'),
  shown('short_text[][]', '{{a,"[1]"}}'),
  shown('box[][]', '{{(3,4),(1,2)};{(3,4),(1,2)}}'),
  shown('int_list[]', '{"{1,2}",NULL}'),
  shown('box[]', '{(3,4),(1,2)}'),
]

export const TYPES: readonly TypeSample[] = SAMPLES.map((each, index) => ({
  ...each,
  column: `c${index}_${each.type.replace(/\W+/g, '_').toLowerCase().replace(/^_|_$/g, '')}`,
}))

const literal = (text: string): string => `'${text.replaceAll("'", "''")}'`

export const TABLE = `${PREPARE}
create table everything (id int primary key, ${TYPES.map(({ column, type }) => `"${column}" ${type}`).join(', ')});`

/** Rows of values: the n-th row holds the n-th value of each type, where it has so many. */
export const ROWS: readonly string[] = Array.from(
  { length: Math.max(...TYPES.map(({ values }) => values.length)) },
  (_, row) =>
    `insert into everything values (${[
      String(row + 1),
      ...TYPES.map(({ type, values }) => {
        const text = values[row]
        return text === undefined ? 'null' : `${literal(text)}::${type}`
      }),
    ].join(', ')})`,
)
