// The meaning of a filter and an order, over records in memory: which records of REST's answers (those in the
// trash too) a question is about, and in which order. Knows nothing of SQL; follows the contract's words and
// JavaScript's values. Texts are compared for equality and by patterns only, because their order is the
// database's collation.

import type { Model, ObjectModel } from '../../tenants/model/model.ts'
import type { Row } from './protocols.ts'
import type { Leaf, Question, Tree } from './question.ts'

/** Unknown where a value is absent, as in SQL. */
type Truth = boolean | null

export interface World {
  readonly model: Model
  /** All records by table, by id. */
  readonly records: ReadonlyMap<string, ReadonlyMap<string, Row>>
}

const COMPARED = ['eq', 'neq', 'gt', 'gte', 'lt', 'lte']
const TEXT_OPERATORS = ['eq', 'neq', 'in', 'is', 'like', 'ilike', 'startsWith', 'endsWith']

/** Leaves whose returned values are also the compared ones. */
export const isPlain = (leaf: Leaf): boolean =>
  !leaf.isLong &&
  leaf.type !== 'TS_VECTOR' &&
  leaf.type !== 'RAW_JSON' &&
  // A filter on a related record's trash includes it.
  !(leaf.path.length > 1 && leaf.path.at(-1) === 'deletedAt')

/** Questions that do not depend on a collation. */
export const plainOperators = (leaf: Leaf): readonly string[] =>
  leaf.type === 'TEXT' ? leaf.operators.filter((each) => TEXT_OPERATORS.includes(each)) : leaf.operators

const isTrashed = (record: Row): boolean => record.deletedAt !== null && record.deletedAt !== undefined

const follow = (world: World, object: ObjectModel, record: Row, name: string): Row | null => {
  const field = object.fields.get(name)
  if (field?.kind !== 'toOne') return null
  const join = [...object.fields.values()].find(
    (each) => each.kind === 'scalar' && each.column.name === field.columns[0],
  )
  const target = world.records.get(field.target)?.get(String(record[join?.name ?? '']))
  return target === undefined || isTrashed(target) ? null : target
}

/**
 * Numbers as numbers, options as their place in the list, everything else as text; what is absent as null.
 */
const rank = (leaf: Leaf, value: unknown): number | string | null => {
  if (value === null || value === undefined) return null
  switch (leaf.type) {
    case 'NUMBER':
    case 'NUMERIC':
    case 'POSITION':
      return Number(value)
    case 'SELECT':
    case 'RATING':
      return leaf.column.type.enum?.labels.indexOf(String(value)) ?? 0
    case 'BOOLEAN':
      return Number(value === true || value === 'true')
    case 'DATE_TIME':
      return Date.parse(String(value))
    case 'UUID':
      return String(value).toLowerCase()
    default:
      return String(value)
  }
}

const likeRegExp = (pattern: string, flags: string): RegExp =>
  new RegExp(
    `^${[...pattern].map((char) => (char === '%' ? '[^]*' : char === '_' ? '[^]' : char.replace(/[\\^$.*+?()[\]{}|/]/, '\\$&'))).join('')}$`,
    flags,
  )

const compare = (operator: string, a: number | string, b: number | string): boolean => {
  switch (operator) {
    case 'eq':
      return a === b
    case 'neq':
      return a !== b
    case 'gt':
      return a > b
    case 'gte':
      return a >= b
    case 'lt':
      return a < b
    default:
      return a <= b
  }
}

/** An absent list is an empty one. */
const holdsOfList = (items: readonly unknown[], operator: string, argument: unknown): Truth => {
  const texts = items.map(String)
  switch (operator) {
    case 'is':
      return (argument === 'NULL') === (items.length === 0)
    case 'isEmptyArray':
      return argument === (items.length === 0)
    case 'containsIlike':
      return texts.some((text) => likeRegExp(String(argument), 'iu').test(text))
    default:
      return Array.isArray(argument) && argument.some((item) => texts.includes(String(item)))
  }
}

const holds = (leaf: Leaf, value: unknown, operator: string, argument: unknown): Truth => {
  if (leaf.column.type.isArray) return holdsOfList(Array.isArray(value) ? value : [], operator, argument)
  const own = rank(leaf, value)
  if (operator === 'isEmptyArray') return (own === null) === argument
  if (operator === 'is') {
    const isAbsent = own === null || (leaf.type === 'TEXT' && own === '')
    return isAbsent === (argument === 'NULL')
  }
  if (own === null) return null
  if (operator === 'in' || operator === 'containsAny')
    return Array.isArray(argument) && argument.some((item) => rank(leaf, item) === own)
  if (COMPARED.includes(operator)) {
    const other = rank(leaf, argument)
    return other === null ? null : compare(operator, own, other)
  }
  const text = String(argument)
  switch (operator) {
    case 'startsWith':
      return String(own).startsWith(text)
    case 'endsWith':
      return String(own).endsWith(text)
    default:
      return likeRegExp(text, operator === 'ilike' ? 'iu' : 'u').test(String(own))
  }
}

const all = (truths: readonly Truth[]): Truth =>
  truths.includes(false) ? false : truths.includes(null) ? null : true
const any = (truths: readonly Truth[]): Truth =>
  truths.includes(true) ? true : truths.includes(null) ? null : false

const isTree = (value: unknown): value is Tree =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const mentionsTrash = (tree: Tree): boolean =>
  Object.entries(tree).some(([name, inner]) => {
    if (name === 'deletedAt') return true
    if (name === 'and' || name === 'or') return Array.isArray(inner) && inner.some(mentionsTrash)
    return name === 'not' && isTree(inner) && mentionsTrash(inner)
  })

/** @param leaves of the object that the question is about */
export const createMemory = (world: World, object: ObjectModel, leaves: readonly Leaf[]) => {
  const byPath = new Map(leaves.map((leaf) => [leaf.path.join('.'), leaf]))

  const valueAt = (
    record: Row,
    path: readonly string[],
  ): { readonly value: unknown; readonly isThere: boolean } => {
    const [first = '', ...rest] = path
    const field = object.fields.get(first)
    if (field?.kind !== 'toOne')
      return {
        value: rest.reduce<unknown>((at, name) => (isTree(at) ? at[name] : undefined), record[first]),
        isThere: true,
      }
    const target = follow(world, object, record, first)
    const value = rest.reduce<unknown>((at, name) => (isTree(at) ? at[name] : undefined), target ?? undefined)
    return { value: value ?? null, isThere: target !== null }
  }

  const truth = (record: Row, tree: unknown, path: readonly string[]): Truth => {
    if (!isTree(tree)) return null
    return all(
      Object.entries(tree).map(([name, inner]): Truth => {
        if (path.length === 0 && name === 'and')
          return Array.isArray(inner) ? all(inner.map((each) => truth(record, each, []))) : null
        if (path.length === 0 && name === 'or')
          return Array.isArray(inner) ? any(inner.map((each) => truth(record, each, []))) : null
        if (path.length === 0 && name === 'not') return truth(record, inner, []) !== true
        const leaf = byPath.get(path.join('.'))
        if (leaf === undefined) return truth(record, inner, [...path, name])
        const { value, isThere } = valueAt(record, path)
        // Of a record that is not there everything is null; a condition on it holds or it does not.
        if (!isThere) return name === 'is' ? inner === 'NULL' : name === 'isEmptyArray' && inner === true
        // Within the relation the condition holds or it does not: `exists` knows no unknown.
        const isRelated = object.fields.get(path[0] ?? '')?.kind === 'toOne'
        const held = holds(leaf, value, name, inner)
        return isRelated ? held === true : held
      }),
    )
  }

  const terms = (question: Question): readonly (readonly [Leaf, string])[] =>
    question.orderBy.flatMap((item) => {
      const path: string[] = []
      let at: unknown = item
      while (isTree(at)) {
        const [step] = Object.entries(at)
        if (step === undefined) break
        path.push(step[0])
        at = step[1]
      }
      const leaf = byPath.get(path.join('.'))
      return leaf === undefined ? [] : [[leaf, String(at)] as const]
    })

  const compareBy = (leaf: Leaf, direction: string, a: Row, b: Row): number => {
    const [x, y] = [rank(leaf, valueAt(a, leaf.path).value), rank(leaf, valueAt(b, leaf.path).value)]
    if (x === null || y === null) {
      const nullsFirst = direction.endsWith('First') ? -1 : 1
      return x === y ? 0 : x === null ? nullsFirst : -nullsFirst
    }
    return (x < y ? -1 : x > y ? 1 : 0) * (direction.startsWith('Asc') ? 1 : -1)
  }

  /** Ids of the records that the question is about, in order. */
  return (question: Question): readonly string[] => {
    const isOpen = mentionsTrash(question.filter)
    const found = [...(world.records.get(object.table)?.values() ?? [])].filter(
      (record) => (isOpen || !isTrashed(record)) && truth(record, question.filter, []) === true,
    )
    const sorts = terms(question)
    return found
      .toSorted(
        (a, b) =>
          sorts.map(([leaf, direction]) => compareBy(leaf, direction, a, b)).find((result) => result !== 0) ??
          (String(a.id) < String(b.id) ? -1 : 1),
      )
      .map(({ id }) => String(id))
  }
}
