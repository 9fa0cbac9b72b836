// Dimensions of a `groupBy`: from objects in API names to SQL of the grouping and SQL of the answer's value.
// Dates are truncated to a granularity in a time zone; absent text groups with empty text in objects with
// `emptyStringForNull`. groupBy.ts builds the statement.

import type { Column, Model, ObjectModel, ToOneField } from '../../../tenants/model/model.ts'
import { SCALARS, type ScalarType } from '../../../tenants/model/scalarType.ts'
import { badInputOf } from '../../error/problem.ts'
import { unknownField } from '../model/field.ts'
import type { Params } from '../params.ts'
import { columnReference, comparableOf } from './comparable.ts'
import { type ReadForm, readValue } from './readForm.ts'
import { shownInAll } from './reference.ts'
import type { Joins, ReadReached } from './relation.ts'

export const GRANULARITIES = [
  'DAY',
  'WEEK',
  'MONTH',
  'QUARTER',
  'YEAR',
  'DAY_OF_THE_WEEK',
  'MONTH_OF_THE_YEAR',
  'QUARTER_OF_THE_YEAR',
  'NONE',
] as const
type Granularity = (typeof GRANULARITIES)[number]

/** Offset of a week's first day from Monday, in days before it. */
const WEEK_STARTS = { MONDAY: 0, SUNDAY: 1, SATURDAY: 2 } as const
export type WeekStartDay = keyof typeof WEEK_STARTS
export const WEEK_START_DAYS: readonly string[] = Object.keys(WEEK_STARTS)

const DAYS = ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday']
const MONTHS = 'January February March April May June July August September October November December'.split(
  ' ',
)
const QUARTERS = ['Q1', 'Q2', 'Q3', 'Q4']

export interface Dimension {
  /** Names from the grouped record to the field: `['company', 'name']`. */
  readonly path: readonly string[]
  /** null unless a date. */
  readonly granularity: Granularity | null
  /** SQL to group and sort by, for the record of `alias`. */
  readonly group: (alias: string) => string
  /** The grouped column, in an object that `hops` reach. */
  readonly place: Place
  readonly column: Column
  /** SQL of the value in a record of that object. */
  readonly value: ReadReached
  /** The answer's value, from the grouped SQL. */
  readonly read: (grouped: string) => ReadForm
}

const MAX_DIMENSIONS = 5
const MAX_HOPS = 1
const TEXTS = new Set(['text', 'varchar'])

/** Grouped as text, where absent text is empty text. */
export const isPlainText = ({ type }: Column): boolean => !type.isArray && TEXTS.has(type.name)

const bad = badInputOf('INVALID_ARGS_GROUP_BY')

interface Cut {
  readonly granularity: Granularity
  readonly weekStartDay: WeekStartDay
  readonly timeZone: string
}

const isGranularity = (value: unknown): value is Granularity => GRANULARITIES.some((known) => known === value)

const isWeekStartDay = (value: unknown): value is WeekStartDay =>
  typeof value === 'string' && Object.hasOwn(WEEK_STARTS, value)

const isTimeZone = (value: string): boolean => {
  try {
    new Intl.DateTimeFormat('en', { timeZone: value })
    // JavaScript accepts offsets as zones; Postgres reads them with the opposite sign.
    return /^[A-Za-z]/.test(value)
  } catch {
    return false
  }
}

const timeZoneOf = (path: string, value: unknown): string => {
  if (value === undefined) return 'UTC'
  if (value === null || value === '')
    throw bad(`A time zone is needed to group by date field "${path}"`, 'MISSING_TIMEZONE_FOR_DATE_GROUP_BY')
  if (typeof value === 'string' && isTimeZone(value)) return value
  throw bad(
    `Invalid time zone '${String(value).slice(0, 100)}' for "${path}". eg: Europe/Paris`,
    'INVALID_TIMEZONE',
  )
}

/** `true` groups dates by day. */
const cutOf = (path: string, argument: unknown): Cut => {
  if (argument === true) return { granularity: 'DAY', weekStartDay: 'MONDAY', timeZone: 'UTC' }
  if (typeof argument !== 'object' || argument === null || Array.isArray(argument))
    throw bad(`To group by date field "${path}" give {"granularity": "MONTH"}`)
  const given = argument as Readonly<Record<string, unknown>>
  const granularity = given.granularity ?? 'DAY'
  const weekStartDay = given.weekStartDay ?? 'MONDAY'
  if (!isGranularity(granularity))
    throw bad(
      `Invalid granularity '${String(granularity).slice(0, 100)}' for "${path}". Allowed values are ${GRANULARITIES.join(', ')}`,
    )
  if (!isWeekStartDay(weekStartDay))
    throw bad(
      `Invalid weekStartDay '${String(weekStartDay).slice(0, 100)}' for "${path}". Allowed values are ${WEEK_START_DAYS.join(', ')}`,
    )
  return { granularity, weekStartDay, timeZone: timeZoneOf(path, given.timeZone) }
}

/** Read as in a record; absent lists and texts are groups of their own. */
const isManagedValue = ({ emptyStringForNull }: ObjectModel, { type }: Column): boolean =>
  emptyStringForNull && !type.isArray && !TEXTS.has(type.name)

const nameIn = (names: readonly string[], grouped: string): ReadForm => ({
  sql: `(array[${names.map((name) => `'${name}'`).join(', ')}])[${grouped}]`,
  json: 'string',
})

/** `to_char` has no text for infinity, and the same one for years before and after Christ. */
const formatted = (grouped: string, format: string): ReadForm => ({
  sql: `case when pg_catalog.isfinite(${grouped})
    then pg_catalog.to_char(${grouped}, case when pg_catalog.date_part('year', ${grouped}) < 0 then '${format} BC' else '${format}' end)
    else (${grouped})::pg_catalog.text end`,
  json: 'string',
})

const rotated = (names: readonly string[], by: number): readonly string[] => [
  ...names.slice(names.length - by),
  ...names.slice(0, names.length - by),
]

const cutDate = (
  e: Params,
  object: ObjectModel,
  column: Column,
  { granularity, weekStartDay, timeZone }: Cut,
): Value => {
  const shift = WEEK_STARTS[weekStartDay]
  let zone: string | undefined
  // Postgres rejects an unused parameter.
  const zoneSql = (): string => {
    zone ??= e.param(timeZone, 'pg_catalog.text')
    return zone
  }
  const local = (alias: string): string => {
    const sql = columnReference(alias, column)
    if (column.type.name === 'date') return `${sql}::pg_catalog.timestamp`
    const instant = column.type.name === 'timestamp' ? `pg_catalog.timezone('UTC', ${sql})` : sql
    return `pg_catalog.timezone(${zoneSql()}, ${instant})`
  }
  const trunc = (unit: string, format: string): Value => ({
    group: (alias) => `pg_catalog.date_trunc('${unit}', ${local(alias)})`,
    read: (grouped) => formatted(grouped, format),
  })
  const part = (unit: string, names: readonly string[]): Value => ({
    group: (alias) => `pg_catalog.date_part('${unit}', ${local(alias)})::pg_catalog.int4`,
    read: (grouped) => nameIn(names, grouped),
  })
  switch (granularity) {
    case 'DAY':
      return trunc('day', 'YYYY-MM-DD')
    case 'WEEK': {
      const days = `pg_catalog.make_interval(days => ${shift})`
      return {
        group: (alias) => `pg_catalog.date_trunc('week', ${local(alias)} + ${days}) - ${days}`,
        read: (grouped) => formatted(grouped, 'YYYY-MM-DD'),
      }
    }
    case 'MONTH':
      return trunc('month', 'YYYY-MM')
    case 'QUARTER':
      return trunc('quarter', 'YYYY-"Q"Q')
    case 'YEAR':
      return trunc('year', 'YYYY')
    case 'DAY_OF_THE_WEEK':
      return {
        group: (alias) =>
          `((pg_catalog.date_part('isodow', ${local(alias)})::pg_catalog.int4 + ${shift - 1}) % 7 + 1)`,
        read: (grouped) => nameIn(rotated(DAYS, shift), grouped),
      }
    case 'MONTH_OF_THE_YEAR':
      return part('month', MONTHS)
    case 'QUARTER_OF_THE_YEAR':
      return part('quarter', QUARTERS)
    case 'NONE':
      return {
        group: (alias) => columnReference(alias, column),
        read: (grouped) => readValue(column, grouped, isManagedValue(object, column)),
      }
  }
}

interface Value {
  readonly group: ReadReached
  readonly read: Dimension['read']
}

/** Plain values, cast to a type that Postgres can compare. */
const wholeValue = (object: ObjectModel, column: Column): Value => ({
  group: (alias, exists) => {
    const shown = shownInAll(object, column, alias)
    if (column.type.isArray && column.type.enum === null) return `${shown}::pg_catalog.text[]`
    if (!object.emptyStringForNull || !TEXTS.has(column.type.name)) return comparableOf(column, shown).sql
    const blank = `coalesce(${shown}, '')`
    return exists === null ? blank : `case when ${exists} then ${blank} end`
  },
  read: (grouped) => readValue(column, grouped, isManagedValue(object, column)),
})

interface Place {
  readonly object: ObjectModel
  readonly path: readonly string[]
  readonly hops: readonly ToOneField[]
}

const entriesOf = (value: unknown, path: readonly string[]): [string, unknown][] => {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw bad(
      path.length === 0
        ? 'Each item of groupBy is an object that names a field'
        : `Cannot group by "${path.join('.')}" itself: name one of its fields`,
    )
  return Object.entries(value).filter(([, inner]) => inner !== undefined && inner !== null)
}

/**
 * @param joins for the tables that dimensions reach over relations
 * @param groupBy a list of objects `{field: true}`, `{composite: {subField: true}}`, `{relation: {field:
 * true}}` and, for dates, `{field: {granularity, weekStartDay, timeZone}}`
 * @throws Problem BAD_USER_INPUT or, for fields that the role may not read, FORBIDDEN.
 */
export const compileDimensions = (
  e: Params,
  joins: Joins,
  model: Model,
  root: ObjectModel,
  groupBy: readonly unknown[],
): readonly Dimension[] => {
  const dimensions: Dimension[] = []

  const add = ({ object, path, hops }: Place, column: Column, type: ScalarType, argument: unknown): void => {
    if (argument === false) return
    const name = path.join('.')
    if (!SCALARS[type].isOrdered) throw bad(`Cannot group by field "${name}" of type ${type}`)
    if (dimensions.length >= MAX_DIMENSIONS)
      throw bad(`Records can be grouped by at most ${MAX_DIMENSIONS} fields`)
    const cut = SCALARS[type].isDate === true ? cutOf(name, argument) : null
    if (cut === null && argument !== true)
      throw bad(`To group by field "${name}" give {"${path.at(-1)}": true}`)
    const { group: value, read } = cut === null ? wholeValue(object, column) : cutDate(e, object, column, cut)
    dimensions.push({
      path,
      granularity: cut?.granularity ?? null,
      group: (alias) => joins.read(alias, hops, value),
      place: { object, path, hops },
      column,
      value,
      read,
    })
  }

  const visitComposite = (place: Place, name: string, argument: unknown): void => {
    const field = place.object.fields.get(name)
    if (field?.kind !== 'composite') return
    for (const [sub, inner] of entriesOf(argument, place.path)) {
      const found = field.parts.find(({ part }) => part.name === sub)
      if (found === undefined) throw unknownField(place.object, `${name}.${sub}`, 'INVALID_ARGS_GROUP_BY')
      add({ ...place, path: [...place.path, sub] }, found.column, found.part.type, inner)
    }
  }

  const visit = (place: Place, value: unknown): void => {
    for (const [name, inner] of entriesOf(value, place.path)) {
      const field = place.object.fields.get(name)
      if (field === undefined) throw unknownField(place.object, name, 'INVALID_ARGS_GROUP_BY')
      const at = { ...place, path: [...place.path, name] }
      if (field.kind === 'scalar') add(at, field.column, field.type, inner)
      else if (field.kind === 'composite') visitComposite(at, name, inner)
      else if (field.kind === 'toOne') {
        const target = model.byTable.get(field.target)
        if (target === undefined || place.hops.length >= MAX_HOPS)
          throw bad(`Cannot group by "${at.path.join('.')}": groups reach over one relation only`)
        visit({ object: target, path: at.path, hops: [...place.hops, field] }, inner)
      } else throw bad(`Cannot group by ${name}: only to-one relations are supported`)
    }
  }

  for (const item of groupBy) visit({ object: root, path: [], hops: [] }, item)
  if (dimensions.length === 0) throw bad('groupBy must name at least one field')
  return dimensions
}
