// Questions about the records of an object, drawn from its model, with their form in each protocol. A filter
// is drawn once, as for GraphQL, and written for REST from the same value, so that only the protocols
// themselves can differ.

import fc from 'fast-check'
import { isOperatorName, operatorsOf, partOperators } from '../../gateway/records/read/filterOperator.ts'
import { ORDER_BY_DIRECTIONS } from '../../gateway/records/read/order.ts'
import type { Column, Model, ObjectModel } from '../../tenants/model/model.ts'
import type { ScalarType } from '../../tenants/model/scalarType.ts'

export type Tree = { readonly [name: string]: Tree | readonly Tree[] | unknown }

/** A place that a value stands at: a field, a part of a composite, or either across one relation. */
export interface Leaf {
  readonly path: readonly string[]
  readonly type: ScalarType
  readonly column: Column
  readonly operators: readonly string[]
  readonly isLong: boolean
}

export interface Question {
  readonly filter: Tree
  readonly orderBy: readonly Tree[]
  readonly limit: number
  readonly isBackward: boolean
  /** The GraphQL query also selects an aggregate, which takes another path to the database. */
  readonly isAggregated: boolean
}

/** Values that records have, by the leaf's path: conditions on them match something. */
export type Samples = ReadonlyMap<string, readonly unknown[]>

const UNORDERED: readonly ScalarType[] = ['RAW_JSON', 'TS_VECTOR']

const leavesOf = (model: Model, object: ObjectModel, path: readonly string[] = []): readonly Leaf[] =>
  [...object.fields.values()].flatMap((field): readonly Leaf[] => {
    const at = [...path, field.name]
    switch (field.kind) {
      case 'scalar':
        return [
          {
            path: at,
            type: field.type,
            column: field.column,
            operators: operatorsOf(field.type),
            isLong: false,
          },
        ]
      case 'composite':
        return field.parts.map(({ part, column }) => ({
          path: [...at, part.name],
          type: part.type,
          column,
          operators: partOperators(part),
          isLong: field.type === 'RICH_TEXT',
        }))
      case 'toOne': {
        const target = model.byTable.get(field.target)
        return target === undefined || path.length > 0 ? [] : leavesOf(model, target, at)
      }
      default:
        return []
    }
  })

export const leaves = (model: Model, object: ObjectModel): readonly Leaf[] => leavesOf(model, object)

const nest = (path: readonly string[], value: unknown): Tree =>
  path.reduceRight<unknown>((inner, name) => ({ [name]: inner }), value) as Tree

const invented = ({ type, column }: Leaf): fc.Arbitrary<unknown> => {
  switch (type) {
    case 'UUID':
      return fc.uuid()
    case 'NUMBER':
    case 'POSITION':
      return column.type.name.startsWith('float')
        ? fc.integer({ min: -9, max: 99 })
        : fc.integer({ min: -9, max: 99 })
    case 'NUMERIC':
      return fc.constantFrom('0', '-1.5', '12345678901234567890', '0.000001')
    case 'BOOLEAN':
      return fc.boolean()
    case 'DATE':
      return fc.constantFrom('2026-01-01', '1999-12-31', '2026-02-28')
    case 'DATE_TIME':
      return fc.constantFrom('2026-01-01T00:00:00.000Z', '2026-06-30T23:59:59.999+02:00', '2025-12-31')
    case 'SELECT':
    case 'RATING':
    case 'MULTI_SELECT':
      return fc.constantFrom(...(column.type.enum?.labels ?? ['x']))
    default:
      return fc.oneof(
        fc.constantFrom('', 'a', 'Oslo', 'ß', 'O\'Brien "x"', 'a,b', '(', ']', '\\', '%', "it's", 'x:y[z]'),
        fc.string({ maxLength: 6, unit: fc.constantFrom(...'aAeEnz09 ,"\'\\()[]%_:üß') }),
      )
  }
}

/** `%` and `_` are wild in patterns, and a lone backslash at the end is an error of Postgres. */
const pattern = (value: unknown): fc.Arbitrary<string> => {
  const text = String(value).slice(0, 12).replaceAll('\\', '')
  return fc.constantFrom(`%${text}%`, `${text}%`, `%${text}`, text.replace(/^./u, '_'), '%', '')
}

const valueFor = (leaf: Leaf, samples: Samples): fc.Arbitrary<unknown> => {
  const known = (samples.get(leaf.path.join('.')) ?? []).filter((value) => value !== null)
  return known.length === 0
    ? invented(leaf)
    : fc.oneof({ weight: 3, arbitrary: fc.constantFrom(...known) }, { weight: 1, arbitrary: invented(leaf) })
}

const single = (value: unknown): unknown => (Array.isArray(value) ? (value[0] ?? '') : value)

/** Elements of lists are text in GraphQL, for every type in Postgres. */
const element = (leaf: Leaf, value: unknown): unknown =>
  leaf.type === 'ARRAY' ? String(single(value)) : single(value)

const argument = (leaf: Leaf, operator: string, samples: Samples): fc.Arbitrary<unknown> => {
  const value = valueFor(leaf, samples)
  switch (operator) {
    case 'is':
      return fc.constantFrom('NULL', 'NOT_NULL')
    case 'in':
    case 'containsAny':
      return fc.array(
        value.map((item) => element(leaf, item)),
        { minLength: 1, maxLength: 3 },
      )
    case 'isEmptyArray':
      return fc.boolean()
    case 'containsIlike':
      return value.map(single).chain(pattern)
    case 'like':
    case 'ilike':
      return value.chain(pattern)
    case 'search':
    case 'startsWith':
    case 'endsWith':
      return value.map((text) => String(text).slice(0, 4))
    default:
      return value
  }
}

/** What both protocols can express. */
export const sayable = (leaf: Leaf): readonly string[] => leaf.operators

const predicate = (all: readonly Leaf[], samples: Samples): fc.Arbitrary<Tree> => {
  const filterable = all.filter((leaf) => sayable(leaf).length > 0)
  return fc
    .constantFrom(...filterable)
    .chain((leaf) =>
      fc
        .uniqueArray(fc.constantFrom(...sayable(leaf)), { minLength: 1, maxLength: 2 })
        .map((operators) => ({ leaf, operators })),
    )
    .chain(({ leaf, operators }) =>
      fc
        .record(Object.fromEntries(operators.map((name) => [name, argument(leaf, name, samples)])))
        .map((conditions) => nest(leaf.path, conditions)),
    )
}

export const filterOf = (all: readonly Leaf[], samples: Samples): fc.Arbitrary<Tree> => {
  const { tree } = fc.letrec<{ tree: Tree; group: Tree }>((tie) => ({
    tree: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      { weight: 3, arbitrary: predicate(all, samples) },
      { weight: 1, arbitrary: tie('group') },
    ),
    group: fc.oneof(
      fc.record({ and: fc.array(tie('tree'), { minLength: 1, maxLength: 3 }) }),
      fc.record({ or: fc.array(tie('tree'), { minLength: 1, maxLength: 3 }) }),
      fc.record({ not: tie('tree') }),
    ),
  }))
  return fc.oneof({ weight: 1, arbitrary: fc.constant({}) }, { weight: 5, arbitrary: tree })
}

export const orderOf = (all: readonly Leaf[]): fc.Arbitrary<readonly Tree[]> =>
  fc
    .uniqueArray(
      fc.record({
        leaf: fc.constantFrom(...all.filter(({ type }) => !UNORDERED.includes(type))),
        direction: fc.constantFrom(...ORDER_BY_DIRECTIONS),
      }),
      { maxLength: 3, selector: ({ leaf }) => leaf.path.join('.') },
    )
    .map((terms) => terms.map(({ leaf, direction }) => nest(leaf.path, direction)))

/** @param sortable leaves to order by */
export const questionOf = (
  all: readonly Leaf[],
  samples: Samples,
  sortable: readonly Leaf[] = all,
): fc.Arbitrary<Question> =>
  fc.record({
    filter: filterOf(all, samples),
    orderBy: orderOf(sortable),
    limit: fc.integer({ min: 0, max: 12 }),
    isBackward: fc.boolean(),
    isAggregated: fc.boolean(),
  })

const quote = (value: unknown): string =>
  typeof value === 'number' || typeof value === 'boolean'
    ? String(value)
    : `"${(typeof value === 'string' ? value : JSON.stringify(value)).replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`

const restValue = (operator: string, value: unknown): unknown =>
  Array.isArray(value) ? `[${value.map(quote).join(',')}]` : operator === 'is' ? value : quote(value)

const GROUPS = ['and', 'or', 'not']

/** The equivalent `filter` parameter. */
export const restFilter = (tree: Tree): string => {
  const [entry] = Object.entries(tree)
  if (entry === undefined) return ''
  const [name, inner] = entry
  if (GROUPS.includes(name)) {
    const items = Array.isArray(inner) ? inner : [inner]
    return `${name}(${items.map((item: Tree) => restFilter(item)).join(',')})`
  }
  const path: string[] = []
  let at: unknown = tree
  for (;;) {
    const [step] = Object.entries(at as Tree)
    if (step === undefined) return ''
    const [key, value] = step
    const isOperator = isOperatorName(key) && path.length > 0
    if (isOperator && (typeof value !== 'object' || Array.isArray(value) || value === null)) {
      const conditions = Object.entries(at as Tree).map(
        ([operator, argument]) => `${path.join('.')}[${operator}]:${restValue(operator, argument)}`,
      )
      return conditions.length === 1 ? String(conditions[0]) : `and(${conditions.join(',')})`
    }
    path.push(key)
    at = value
  }
}

export const restOrder = (orderBy: readonly Tree[]): string =>
  orderBy
    .map((item) => {
      const path: string[] = []
      let at: unknown = item
      while (typeof at === 'object' && at !== null) {
        const [step] = Object.entries(at)
        if (step === undefined) break
        path.push(step[0])
        at = step[1]
      }
      return `${path.join('.')}[${String(at)}]`
    })
    .join(',')
