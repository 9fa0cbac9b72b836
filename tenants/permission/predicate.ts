// A record rule as an SQL condition for a policy: operand, column, and a value or the attribute of the
// caller's own member record that stands for it. Never true if it cannot be evaluated: a caller without the
// attribute sees nothing. `is null` is avoided throughout, because Citus cannot send it to its workers in a
// policy.

import { escapeLiteral } from 'pg'
import { ownFunction, quoteIdentifier } from '../../sql/placeholder.ts'
import { PermissionRefusal } from './refusal.ts'

const ROW_RULE_OPERANDS = [
  'IS',
  'IS_NOT',
  'IS_NOT_NULL',
  'LESS_THAN_OR_EQUAL',
  'GREATER_THAN_OR_EQUAL',
  'IS_BEFORE',
  'IS_AFTER',
  'CONTAINS',
  'DOES_NOT_CONTAIN',
  'IS_EMPTY',
  'IS_NOT_EMPTY',
  'IS_RELATIVE',
  'IS_IN_PAST',
  'IS_IN_FUTURE',
  'IS_TODAY',
] as const
type RowRuleOperand = (typeof ROW_RULE_OPERANDS)[number]

interface RuleColumn {
  readonly name: string
  /** As `format_type` prints it, qualified if necessary. */
  readonly type: string
  /** Type of an array's elements; null for other types. */
  readonly elementType: string | null
}

interface Predicate {
  readonly column: RuleColumn
  readonly operand: string
  readonly value: unknown
  readonly memberColumn: string | null
}

/** Reads a column of the caller's own member record. */
export const MEMBER_ATTRIBUTE = ownFunction('caller_member_attribute')

const MEMBER_ID = `(nullif(current_setting('tenantry.claims', true), '')::jsonb ->> 'workspaceMemberId')`

const memberAttribute = (column: string): string =>
  column === 'id' ? MEMBER_ID : `${MEMBER_ATTRIBUTE}(${escapeLiteral(column)})`

const invalid = (message: string): PermissionRefusal => new PermissionRefusal('INVALID_ROW_RULE', message)

const wordOf = (value: unknown): string => {
  if (typeof value === 'string') return value
  if (typeof value === 'number' || typeof value === 'boolean') return String(value)
  throw invalid('The value of a record rule is a text, a number, true, false, or a list of these.')
}

/** A list travels as JSON or as the text of JSON. */
const wordsOf = (value: unknown): readonly string[] => {
  if (Array.isArray(value)) return value.map(wordOf)
  const word = wordOf(value)
  if (!word.startsWith('[')) return [word]
  try {
    const parsed: unknown = JSON.parse(word)
    return Array.isArray(parsed) ? parsed.map(wordOf) : [word]
  } catch {
    return [word]
  }
}

const listOf = (value: unknown, type: string): string =>
  `array[${wordsOf(value).map(escapeLiteral).join(', ')}]::${type}[]`

const UNITS = ['SECOND', 'MINUTE', 'HOUR', 'DAY', 'WEEK', 'MONTH', 'QUARTER', 'YEAR'] as const

const relativeSql = (column: string, value: unknown): string => {
  const text = typeof value === 'string' ? value : ''
  const [, direction, amount = '1', unit] = /^(PAST|NEXT|THIS)_(?:(\d{1,4})_)?([A-Z]+?)S?$/.exec(text) ?? []
  if (direction === undefined || !UNITS.some((known) => known === unit))
    throw invalid('A relative date reads PAST_7_DAY, NEXT_1_MONTH or THIS_YEAR.')
  const span = unit === 'QUARTER' ? `interval '${Number(amount) * 3} month'` : `interval '${amount} ${unit}'`
  if (direction === 'PAST') return `(${column} >= now() - ${span} and ${column} <= now())`
  if (direction === 'NEXT') return `(${column} >= now() and ${column} <= now() + ${span})`
  const begin = `(date_trunc('${unit}', now() at time zone 'UTC') at time zone 'UTC')`
  return `(${column} >= ${begin} and ${column} < ${begin} + ${unit === 'QUARTER' ? "interval '3 month'" : `interval '1 ${unit}'`})`
}

interface Comparison {
  readonly column: string
  readonly isList: boolean
  /** The single value of an order comparison, in the column's type. */
  readonly bound: () => string
  /** True if the value is known for the caller, else null (which denies). */
  readonly isKnown: string
  /** Alternative values. */
  readonly alternatives: () => string
}

const contains = ({ column, isList, alternatives, bound }: Comparison): string =>
  isList ? `${column} && ${alternatives()}` : `strpos(lower(${column}::text), lower((${bound()})::text)) > 0`

const equals = ({ column, isList, alternatives }: Comparison): string =>
  isList ? `${column} = ${alternatives()}` : `${column} = any (${alternatives()})`

const EMPTY_TEXTS = `('', '{}', '[]')`

const conditions: Readonly<Record<RowRuleOperand, (c: Comparison, value: unknown) => string>> = {
  IS: equals,
  // An empty field differs from the value; if the value itself is unknown the second half is null, and
  // denies.
  IS_NOT: (c) => `coalesce(not (${equals(c)}), ${c.isKnown})`,
  CONTAINS: contains,
  DOES_NOT_CONTAIN: (c) => `coalesce(not (${contains(c)}), ${c.isKnown})`,
  LESS_THAN_OR_EQUAL: (c) => `${c.column} <= ${c.bound()}`,
  GREATER_THAN_OR_EQUAL: (c) => `${c.column} >= ${c.bound()}`,
  IS_BEFORE: (c) => `${c.column} < ${c.bound()}`,
  IS_AFTER: (c) => `${c.column} > ${c.bound()}`,
  IS_EMPTY: ({ column }) => `coalesce(${column}::text, '') in ${EMPTY_TEXTS}`,
  IS_NOT_EMPTY: ({ column }) => `coalesce(${column}::text, '') not in ${EMPTY_TEXTS}`,
  IS_NOT_NULL: ({ column }) => `coalesce(${column} = ${column}, false)`,
  IS_RELATIVE: ({ column }, value) => relativeSql(column, value),
  IS_IN_PAST: ({ column }) => `${column} < now()`,
  IS_IN_FUTURE: ({ column }) => `${column} > now()`,
  IS_TODAY: ({ column }) => relativeSql(column, 'THIS_DAY'),
}

/** Of a column's values. A condition without any reads every record; most of these hold for most records. */
const ACCESS: Readonly<Record<RowRuleOperand, 'equality' | 'range' | 'elements' | null>> = {
  IS: 'equality',
  IS_NOT: null,
  CONTAINS: 'elements',
  DOES_NOT_CONTAIN: null,
  LESS_THAN_OR_EQUAL: 'range',
  GREATER_THAN_OR_EQUAL: 'range',
  IS_BEFORE: 'range',
  IS_AFTER: 'range',
  IS_EMPTY: null,
  IS_NOT_EMPTY: null,
  IS_NOT_NULL: null,
  IS_RELATIVE: 'range',
  IS_IN_PAST: 'range',
  IS_IN_FUTURE: 'range',
  IS_TODAY: 'range',
}

/** The method of an index that finds the records of a rule; null: none does. */
export const ruleIndexMethod = (operand: string, isList: boolean): 'btree' | 'gin' | null => {
  const access = isOperand(operand) ? ACCESS[operand] : null
  if (isList) return access === 'equality' || access === 'elements' ? 'gin' : null
  return access === 'equality' || access === 'range' ? 'btree' : null
}

const isOperand = (text: string): text is RowRuleOperand => ROW_RULE_OPERANDS.some((known) => known === text)

const comparisonOf = ({ column, value, memberColumn }: Predicate): Comparison => {
  const type = column.elementType ?? column.type
  const isList = column.elementType !== null
  const name = quoteIdentifier(column.name)
  if (memberColumn !== null) {
    const attribute = `${memberAttribute(memberColumn)}::${type}`
    return {
      column: name,
      isList,
      bound: () => attribute,
      isKnown: `${attribute} = ${attribute}`,
      alternatives: () => `array[${attribute}]`,
    }
  }
  const bound = (): string => {
    const [word, ...more] = wordsOf(value)
    if (word === undefined || more.length > 0)
      throw invalid('This operand of a record rule compares with one value.')
    return `${escapeLiteral(word)}::${type}`
  }
  return { column: name, isList, bound, isKnown: 'true', alternatives: () => listOf(value, type) }
}

/** Names the schema by the placeholder. */
export const predicateSql = (predicate: Predicate): string => {
  const { operand } = predicate
  if (!isOperand(operand)) throw invalid(`Record rules have no operand ${operand}.`)
  return `(${conditions[operand](comparisonOf(predicate), predicate.value)})`
}
