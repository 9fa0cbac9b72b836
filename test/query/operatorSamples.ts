// Fields of every type, in an object made through the metadata API and in a table made in SQL, with the same
// rows: the definitions, the values of each row, and the contract's operators of each type.

import { COMPOSITES, type CompositeType } from '../../tenants/model/compositeType.ts'
import type { ScalarType } from '../../tenants/model/scalarType.ts'

const ORDERED = ['eq', 'neq', 'gt', 'gte', 'lt', 'lte', 'in', 'is']
const OPTION = ['eq', 'neq', 'gt', 'gte', 'lt', 'lte', 'in', 'containsAny', 'is', 'isEmptyArray']
const LIST = ['containsAny', 'containsIlike', 'is', 'isEmptyArray']

/** As the contract lists them; lists of both kinds take the operators of both. */
export const ALLOWED: Readonly<Record<ScalarType, readonly string[]>> = {
  TEXT: [...ORDERED, 'like', 'ilike', 'startsWith', 'endsWith'],
  UUID: ORDERED,
  NUMBER: ORDERED,
  NUMERIC: ORDERED,
  POSITION: ORDERED,
  DATE: ORDERED,
  DATE_TIME: ORDERED,
  BOOLEAN: ['eq', 'is'],
  SELECT: OPTION,
  RATING: OPTION,
  MULTI_SELECT: LIST,
  ARRAY: LIST,
  RAW_JSON: ['is', 'like'],
  TS_VECTOR: ['search'],
}

/** All operators of the contract, with two that its types have and no field takes. */
export const OPERATORS = [...new Set([...Object.values(ALLOWED).flat(), 'regex', 'iregex'])]

type Value = string | number | boolean | readonly string[] | null

/** A single value behind a filter's path. */
export interface Leaf {
  readonly path: readonly string[]
  readonly type: ScalarType
  readonly column: string
  /** As Postgres reads them, a row each. */
  readonly stored: readonly (string | null)[]
  /** What filters compare with, in JSON. */
  readonly operands: readonly Value[]
  readonly allowed: readonly string[]
  /** Absent text counts as empty in objects made by Tenantry. */
  readonly isBlankText: boolean
}

const UUIDS = ['1', '2', '3'].map((digit) => `0199cccc-0000-7000-8000-00000000000${digit}`)

const TEXTS: Sample = {
  stored: [null, '', 'alpha', 'beta, 100%', 'alphabet "x"'],
  operands: ['alpha', 'beta, 100%'],
}

interface Sample {
  readonly stored: readonly (string | null)[]
  readonly operands: readonly Value[]
}

const SAMPLES: Readonly<Record<ScalarType, Sample>> = {
  TEXT: TEXTS,
  UUID: { stored: [null, ...UUIDS, UUIDS[0] ?? null], operands: [UUIDS[1] ?? '', UUIDS[0] ?? ''] },
  NUMBER: { stored: [null, '0', '1.5', '-2', '1000000'], operands: [1.5, -2] },
  NUMERIC: {
    stored: [null, '0', '9007199254740993', '-2.5', '9007199254740992'],
    operands: ['9007199254740993', '-2.5'],
  },
  POSITION: { stored: ['1', '2', '2.5', '-3', '4'], operands: [2.5, -3] },
  BOOLEAN: { stored: [null, 't', 'f', 't', 'f'], operands: [true, false] },
  DATE: {
    stored: [null, '2026-01-01', '2026-02-28', '1999-12-31', '9999-12-31'],
    operands: ['2026-02-28', '1999-12-31'],
  },
  DATE_TIME: {
    stored: [
      null,
      '2026-01-01 00:00:00.123456Z',
      '2026-01-01 00:00:00.123Z',
      '2026-01-01 00:00:00.124Z',
      '1999-12-31 00:00Z',
    ],
    operands: ['2026-01-01T00:00:00.123Z', '1999-12-31T00:00:00.000Z'],
  },
  SELECT: { stored: [null, 'A', 'B', 'C', 'A'], operands: ['B', 'C'] },
  RATING: {
    stored: [null, 'RATING_1', 'RATING_2', 'RATING_3', 'RATING_2'],
    operands: ['RATING_2', 'RATING_3'],
  },
  MULTI_SELECT: { stored: [null, '{}', '{A,B}', '{C}', '{B}'], operands: ['B', 'C'] },
  ARRAY: { stored: [null, '{}', '{alpha,"b,c"}', '{Alphabet}', '{z}'], operands: ['alpha', 'b,c'] },
  RAW_JSON: { stored: [null, '{}', '{"alpha": 1}', '[1]', '"alpha"'], operands: ['alpha', 'x'] },
  TS_VECTOR: { stored: [null, '', 'alpha', 'beta', 'alphabet'], operands: ['alph', 'beta'] },
}

/** Texts that the column keeps in a spelling of its own. */
const SPELLED: Readonly<Record<string, Sample>> = {
  primaryEmail: {
    stored: [null, '', 'alpha@a.example', 'beta@b.example', 'alphabet@a.example'],
    operands: ['alpha@a.example', 'beta@b.example'],
  },
  primaryLinkUrl: {
    stored: [null, '', 'https://alpha.example', 'https://beta.example', 'https://alpha.example/x'],
    operands: ['https://alpha.example', 'https://beta.example'],
  },
  primaryPhoneNumber: {
    stored: [null, '', '5550100', '5550199', '55501001'],
    operands: ['5550100', '5550199'],
  },
  source: { stored: [null, 'API', 'MANUAL', 'IMPORT', 'API'], operands: ['MANUAL', 'IMPORT'] },
}

const SCALARS: Readonly<Record<string, ScalarType>> = {
  phrase: 'TEXT',
  ident: 'UUID',
  height: 'NUMBER',
  exact: 'NUMERIC',
  flag: 'BOOLEAN',
  day: 'DATE',
  moment: 'DATE_TIME',
  choice: 'SELECT',
  stars: 'RATING',
  choices: 'MULTI_SELECT',
  tags: 'ARRAY',
  doc: 'RAW_JSON',
}

const COMPOSITE_FIELDS: Readonly<Record<string, CompositeType>> = {
  wholeName: 'FULL_NAME',
  mailBoxes: 'EMAILS',
  callers: 'PHONES',
  sites: 'LINKS',
  price: 'CURRENCY',
  placed: 'ADDRESS',
  writer: 'ACTOR',
  story: 'RICH_TEXT',
}

const toSnake = (name: string): string => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)

const scalarLeaf = (name: string, type: ScalarType, column = toSnake(name)): Leaf => ({
  path: [name],
  type,
  column,
  ...SAMPLES[type],
  allowed: ALLOWED[type],
  isBlankText: type === 'TEXT',
})

const LEAVES: readonly Leaf[] = [
  ...Object.entries(SCALARS).map(([name, type]) => scalarLeaf(name, type)),
  ...Object.entries(COMPOSITE_FIELDS).flatMap(([name, type]) =>
    COMPOSITES[type].parts.map(
      (part): Leaf => ({
        path: [name, part.name],
        type: part.type,
        column: `${toSnake(name)}_${part.suffix}`,
        ...(SPELLED[part.name] ?? SAMPLES[part.type]),
        allowed: type === 'RICH_TEXT' ? ['ilike'] : ALLOWED[part.type],
        isBlankText: part.type === 'TEXT',
      }),
    ),
  ),
]

export interface Subject {
  readonly plural: string
  readonly typeName: string
  readonly table: string
  readonly isManaged: boolean
  readonly leaves: readonly Leaf[]
}

export const SUBJECTS: readonly Subject[] = [
  {
    plural: 'rockets',
    typeName: 'Rocket',
    table: 'rocket',
    isManaged: true,
    leaves: [...LEAVES.filter(({ column }) => column !== 'exact'), scalarLeaf('position', 'POSITION')],
  },
  {
    plural: 'probes',
    typeName: 'Probe',
    table: 'probe',
    isManaged: false,
    leaves: [...LEAVES, scalarLeaf('vector', 'TS_VECTOR')],
  },
]

const OPTIONS = ['A', 'B', 'C'].map((value, position) => ({ value, label: value, position, color: 'red' }))

/** Fields as the metadata API takes them. */
export const FIELDS: readonly Readonly<Record<string, unknown>>[] = [
  ...Object.entries({ ...SCALARS, ...COMPOSITE_FIELDS })
    // Only tables made in SQL have a field of this type of its own.
    .filter(([, type]) => type !== 'NUMERIC')
    .map(([name, type]) => ({
      name,
      type,
      label: name,
      ...(type.endsWith('SELECT') ? { options: OPTIONS } : {}),
      ...(type === 'NUMBER' ? { settings: { dataType: 'float' } } : {}),
    })),
]

const SQL_TYPES: Readonly<Record<ScalarType, string>> = {
  TEXT: 'text',
  UUID: 'uuid',
  NUMBER: 'float8',
  NUMERIC: 'numeric',
  POSITION: 'float8',
  BOOLEAN: 'boolean',
  DATE: 'date',
  DATE_TIME: 'timestamptz',
  SELECT: 'choice',
  RATING: 'stars',
  MULTI_SELECT: 'choice[]',
  ARRAY: 'text[]',
  RAW_JSON: 'jsonb',
  TS_VECTOR: 'tsvector',
}

const probeType = ({ path, type }: Leaf): string => (path[1] === 'source' ? 'actor_source' : SQL_TYPES[type])

/** The table made in SQL. */
export const PROBE_DDL = `
create type choice as enum ('A', 'B', 'C');
create type stars as enum ('RATING_1', 'RATING_2', 'RATING_3');
create table probe (id uuid primary key default gen_random_uuid(), name text, ${(SUBJECTS[1]?.leaves ?? [])
  .map((leaf) => `${leaf.column} ${probeType(leaf)}`)
  .join(', ')});`
