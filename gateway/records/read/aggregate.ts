// Aggregates, for both protocols: all aggregates of an object, by API name (`sumAmountAmountMicros`,
// `countEmptyName`). Each is one SQL aggregate over an alias, so any number of them is one scan.

import type {
  Column,
  CompositeField,
  ModelField,
  ObjectModel,
  Reference,
} from '../../../tenants/model/model.ts'
import { toTypeName } from '../../../tenants/model/name.ts'
import { SCALARS, type ScalarType } from '../../../tenants/model/scalarType.ts'
import { Problem } from '../../error/problem.ts'
import { suggestion } from '../model/field.ts'
import { checkColumns, may, wholeOf } from '../model/permission.ts'
import { columnReference, comparable } from './comparable.ts'
import { readsNull } from './jsonNull.ts'
import { FLOATS, type ReadForm, readValue } from './readForm.ts'
import { referenceAt, shownInAll, targetIsShown } from './reference.ts'

export interface Aggregate {
  readonly name: string
  /** Source columns. */
  readonly columns: readonly Column[]
  /** Its GraphQL type. */
  readonly type: 'Int' | 'Float' | 'BigInt' | 'BigFloat' | 'Date' | 'DateTime'
  /** SQL over the records of `alias`, also to sort groups by. */
  readonly sql: (alias: string) => string
  /** Answer's form of that SQL. */
  readonly form: (sql: string) => ReadForm
  /** Null where aggregates of parts of a group do not make exactly that of the group. */
  readonly parts: Parts | null
}

/** An aggregate in two steps: of parts of a group, then of the group. */
interface Parts {
  /** SQL over the records of `alias`; null: the aggregate's own, as the only part. */
  readonly sql: ((alias: string) => readonly string[]) | null
  /** SQL over the parts, whose values are in these columns. */
  readonly whole: (columns: readonly string[]) => string
}

/** Columns of the parts that make a composite non-empty. */
export const decidingColumns = ({ parts }: CompositeField): readonly Column[] =>
  parts.flatMap(({ part, column }) => (part.isDeciding === true ? [column] : []))

const TEXTS = new Set(['text', 'varchar', 'bpchar'])
/** Their sums fit a double. */
const SMALL_NUMBERS: ReadonlySet<string> = new Set(['int2', 'int4', ...FLOATS])

const EXTREMES = ['min', 'max'] as const
const MEANS = ['avg', 'sum'] as const

/** Empty: null or, in an object with `emptyStringForNull`, empty text or an empty list. */
export const isAbsent = (object: ObjectModel, column: Column, alias: string): string => {
  const sql = columnReference(alias, column)
  if (object.emptyStringForNull && column.type.isArray)
    return `coalesce(pg_catalog.cardinality(${sql}), 0) = 0`
  if (object.emptyStringForNull && TEXTS.has(column.type.name)) return `coalesce(${sql}, '') = ''`
  return readsNull(column, sql)
}

export const readAggregate = ({ sql, form }: Aggregate, alias: string): ReadForm => form(sql(alias))

/** SQL of its parts over the records of `alias`. */
export const partsOf = ({ sql, parts }: Aggregate, alias: string): readonly string[] =>
  parts?.sql?.(alias) ?? [sql(alias)]

// An object has hundreds of aggregates: what is the same for all of a kind is made once.

const counted = (column = ''): string => `pg_catalog.sum(${column})::pg_catalog.int8`
const ratio = (part: string, all: string): string => `(${part})::pg_catalog.float8 / nullif(${all}, 0)`
const averaged = (sum = '', count = ''): string =>
  `pg_catalog.sum(${sum})::pg_catalog.numeric / nullif(pg_catalog.sum(${count}), 0)`

const wholeOfShare: Parts['whole'] = ([part, all]) => ratio(counted(part), counted(all))
const wholeOfMean: Parts['whole'] = ([sum, count]) => averaged(sum, count)

const ADDED: Parts = { sql: null, whole: ([count]) => counted(count) }
const SUM: Parts = { sql: null, whole: ([sum]) => `pg_catalog.sum(${sum})` }
const EXTREME = {
  min: { sql: null, whole: ([least]) => `pg_catalog.min(${least})` },
  max: { sql: null, whole: ([greatest]) => `pg_catalog.max(${greatest})` },
} as const satisfies Readonly<Record<(typeof EXTREMES)[number], Parts>>

const NUMBER: Aggregate['form'] = (sql) => ({ sql, json: 'number' })
const MEAN_FORMS = {
  exact: (sql) => ({ sql, json: 'exact' }),
  rounded: (sql) => ({ sql, json: 'rounded' }),
  finite: (sql) => ({ sql: `(${sql})::pg_catalog.float8`, json: 'finite' }),
  open: (sql) => ({ sql: `(${sql})::pg_catalog.float8`, json: 'number' }),
} as const satisfies Readonly<Record<string, Aggregate['form']>>

const simple = (
  name: string,
  columns: readonly Column[],
  type: Aggregate['type'],
  sql: (alias: string) => string,
  parts: Parts | null = ADDED,
): Aggregate => ({ name, columns, type, sql, form: NUMBER, parts })

const TOTAL = simple('totalCount', [], 'Int', () => 'pg_catalog.count(*)')

/** Counts that any field of the given columns has. */
const counts = (
  object: ObjectModel,
  stem: string,
  columns: readonly Column[],
  reference?: Reference,
): Aggregate[] => {
  const isEmpty = (column: Column, alias: string): string =>
    reference === undefined
      ? isAbsent(object, column, alias)
      : `not ${targetIsShown(reference, columnReference(alias, column))}`
  const empty = (alias: string): string =>
    `(${columns.map((column) => isEmpty(column, alias)).join(' and ')})`
  const value = (alias: string): string => {
    const [only, ...more] = columns
    const texts = columns.map((column) => `${columnReference(alias, column)}::pg_catalog.text`)
    if (only === undefined || more.length > 0)
      return `pg_catalog.json_build_array(${texts.join(', ')})::pg_catalog.text`
    return only.type.isArray && only.type.enum === null ? texts.join() : comparable(only, alias).sql
  }
  const number = (condition: string): string => `pg_catalog.count(*) filter (where ${condition})`
  const distinct = (alias: string): string =>
    `pg_catalog.count(distinct ${value(alias)}) filter (where not ${empty(alias)})`
  const share = (name: string, condition: (alias: string) => string): Aggregate =>
    simple(name, columns, 'Float', (alias) => ratio(number(condition(alias)), 'pg_catalog.count(*)'), {
      sql: (alias) => [number(condition(alias)), 'pg_catalog.count(*)'],
      whole: wholeOfShare,
    })
  const full = (alias: string): string => `not ${empty(alias)}`
  return [
    simple(`countUniqueValues${stem}`, columns, 'Int', distinct, null),
    simple(`countEmpty${stem}`, columns, 'Int', (alias) => number(empty(alias))),
    simple(`countNotEmpty${stem}`, columns, 'Int', (alias) => number(full(alias))),
    share(`percentageEmpty${stem}`, empty),
    share(`percentageNotEmpty${stem}`, full),
  ]
}

const extremes = (object: ObjectModel, stem: string, column: Column, type: Aggregate['type']): Aggregate[] =>
  EXTREMES.map((name) => ({
    name: name + stem,
    columns: [column],
    type,
    sql: (alias) => `pg_catalog.${name}(${shownInAll(object, column, alias)})`,
    form: (read) => readValue(column, read, object.emptyStringForNull),
    parts: EXTREME[name],
  }))

/** Floats of tables made in SQL may be NaN or infinite, which a Float of GraphQL cannot be. */
const mayBeInfinite = (object: ObjectModel, { type }: Column): boolean =>
  !object.emptyStringForNull && FLOATS.has(type.name)

/** Sums of floats depend on the order of addition. */
const partsOfMean = (
  name: (typeof MEANS)[number],
  column: Column,
  value: (alias: string) => string,
): Parts | null => {
  if (FLOATS.has(column.type.name)) return null
  if (name === 'sum') return SUM
  const sql = (alias: string): readonly string[] => [
    `pg_catalog.sum(${value(alias)})`,
    `pg_catalog.count(${value(alias)})`,
  ]
  return { sql, whole: wholeOfMean }
}

const means = (object: ObjectModel, stem: string, column: Column): Aggregate[] => {
  const value = (alias: string): string => shownInAll(object, column, alias)
  const isSmall = SMALL_NUMBERS.has(column.type.name)
  const isOpen = mayBeInfinite(object, column)
  return MEANS.map((name) => ({
    name: name + stem,
    columns: [column],
    type: isSmall && !isOpen ? 'Float' : 'BigFloat',
    sql: (alias) => `pg_catalog.${name}(${value(alias)})`,
    form: MEAN_FORMS[isSmall ? (isOpen ? 'open' : 'finite') : name === 'avg' ? 'rounded' : 'exact'],
    parts: partsOfMean(name, column, value),
  }))
}

const numbers = (object: ObjectModel, stem: string, column: Column): Aggregate[] => {
  const isSmall = SMALL_NUMBERS.has(column.type.name) && !mayBeInfinite(object, column)
  const type = isSmall ? 'Float' : column.type.name === 'int8' ? 'BigInt' : 'BigFloat'
  return [...extremes(object, stem, column, type), ...means(object, stem, column)]
}

const ofScalar = (object: ObjectModel, stem: string, type: ScalarType, column: Column): Aggregate[] => {
  switch (SCALARS[type].value) {
    case 'number':
      return numbers(object, stem, column)
    case 'day':
      return extremes(object, stem, column, 'Date')
    case 'instant':
      return extremes(object, stem, column, 'DateTime')
    case 'boolean':
      return [true, false].map((value) =>
        simple(
          `count${value ? 'True' : 'False'}${stem}`,
          [column],
          'Int',
          (alias) =>
            `pg_catalog.count(*) filter (where ${columnReference(alias, column)} ${value ? 'is true' : 'is false'})`,
        ),
      )
    case 'text':
    case 'uuid':
    case 'option':
    case 'options':
    case 'texts':
    case 'json':
    case 'searchVector':
      return []
  }
}

const ofComposite = (object: ObjectModel, stem: string, field: CompositeField): Aggregate[] => [
  ...counts(object, stem, decidingColumns(field)),
  ...field.parts.flatMap(({ part, column }) =>
    part.isSummed === true ? numbers(object, stem + toTypeName(part.name), column) : [],
  ),
]

const ofField = (object: ObjectModel, field: ModelField): Aggregate[] => {
  const stem = toTypeName(field.name)
  switch (field.kind) {
    case 'scalar':
      if (SCALARS[field.type].value === 'searchVector') return []
      return [
        ...counts(object, stem, [field.column], referenceAt(object, field.column)),
        ...ofScalar(object, stem, field.type, field.column),
      ]
    case 'composite':
      return ofComposite(object, stem, field)
    case 'toOne': {
      const columns = field.columns.flatMap((name) => object.columns.get(name) ?? [])
      const [name = ''] = field.columns
      return columns.length === 1 ? counts(object, stem, columns, object.references.get(name)) : []
    }
    case 'toMany':
      return []
  }
}

/** Weak: they take as much memory as a compiled schema, which needs them once, and are soon made again. */
const known = new WeakMap<ObjectModel, WeakRef<ReadonlyMap<string, Aggregate>>>()

const allAggregates = (object: ObjectModel): ReadonlyMap<string, Aggregate> => {
  const aggregates = new Map([[TOTAL.name, TOTAL]])
  for (const field of object.fields.values())
    for (const aggregate of ofField(object, field))
      if (!aggregates.has(aggregate.name)) aggregates.set(aggregate.name, aggregate)
  return aggregates
}

/** Of the whole object, with references as the role sees them. */
const readableAggregates = (object: ObjectModel, whole: ObjectModel): ReadonlyMap<string, Aggregate> =>
  new Map(
    [...allAggregates({ ...whole, references: object.references })].filter(([, { columns }]) =>
      columns.every(({ name }) => may(object, 'read', name)),
    ),
  )

/**
 * The aggregates of an object by name, `totalCount` first. If two share a name the first one gets it. A role
 * has those whose columns it can all read: an address without its city would be counted as a different one.
 */
export const aggregatesOf = (object: ObjectModel): ReadonlyMap<string, Aggregate> => {
  const cached = known.get(object)?.deref()
  if (cached !== undefined) return cached
  const whole = wholeOf(object)
  const aggregates = whole === object ? allAggregates(object) : readableAggregates(object, whole)
  known.set(object, new WeakRef(aggregates))
  return aggregates
}

/**
 * Throws Problem BAD_USER_INPUT `Unknown aggregate field(s): a, b`, or FORBIDDEN for aggregates of fields
 * that the role may not read.
 */
export const findAggregates = (object: ObjectModel, names: readonly string[]): readonly Aggregate[] => {
  // Every list selects it, and the others of an object take more memory than its plan.
  if (names.every((name) => name === TOTAL.name)) return names.length === 0 ? [] : [TOTAL]
  const aggregates = aggregatesOf(wholeOf(object))
  const unknown = names.filter((name) => !aggregates.has(name))
  if (unknown.length > 0)
    throw new Problem(
      'BAD_USER_INPUT',
      `Unknown aggregate field(s): ${unknown.map((name) => name.slice(0, 100)).join(', ')}`,
      { isUnknownName: true, ...suggestion(unknown[0] ?? '', aggregates.keys()) },
    )
  const asked = [...new Set(names)]
  const columns = asked.flatMap((name) => aggregates.get(name)?.columns ?? [])
  checkColumns('read', object, new Set(columns.map(({ name }) => name)))
  const readable = aggregatesOf(object)
  return asked.flatMap((name) => readable.get(name) ?? [])
}
