// Operators of record rules by field type. The gateway accepts more combinations; these are the useful ones.

import type { RoleFieldFragment } from '../objects.graphql.ts'
import type { RowLevelPermissionPredicateOperand } from '../roleChanges.graphql.ts'

export type OperandName = RowLevelPermissionPredicateOperand

export interface Operand {
  readonly value: OperandName
  readonly label: string
  readonly takesValue: boolean
}

const IS: Operand = { value: 'IS', label: 'is', takesValue: true }
const IS_NOT: Operand = { value: 'IS_NOT', label: 'is not', takesValue: true }
const CONTAINS: Operand = { value: 'CONTAINS', label: 'contains', takesValue: true }
const CONTAINS_NOT: Operand = { value: 'DOES_NOT_CONTAIN', label: 'does not contain', takesValue: true }
const AT_LEAST: Operand = { value: 'GREATER_THAN_OR_EQUAL', label: 'is at least', takesValue: true }
const AT_MOST: Operand = { value: 'LESS_THAN_OR_EQUAL', label: 'is at most', takesValue: true }
const BEFORE: Operand = { value: 'IS_BEFORE', label: 'is before', takesValue: true }
const AFTER: Operand = { value: 'IS_AFTER', label: 'is after', takesValue: true }
const PAST: Operand = { value: 'IS_IN_PAST', label: 'is in the past', takesValue: false }
const FUTURE: Operand = { value: 'IS_IN_FUTURE', label: 'is in the future', takesValue: false }
const TODAY: Operand = { value: 'IS_TODAY', label: 'is today', takesValue: false }
const EMPTY: Operand = { value: 'IS_EMPTY', label: 'is empty', takesValue: false }
const FILLED: Operand = { value: 'IS_NOT_EMPTY', label: 'is not empty', takesValue: false }
const RELATIVE: Operand = { value: 'IS_RELATIVE', label: 'is within', takesValue: true }
const NOT_NULL: Operand = { value: 'IS_NOT_NULL', label: 'has a value', takesValue: false }

const TEXT = [IS, IS_NOT, CONTAINS, CONTAINS_NOT, EMPTY, FILLED]
const NUMBER = [IS, IS_NOT, AT_LEAST, AT_MOST, EMPTY, FILLED]
const DATE = [IS, BEFORE, AFTER, RELATIVE, PAST, FUTURE, TODAY, EMPTY, FILLED]
const CHOICE = [IS, IS_NOT, EMPTY, FILLED]
const LIST = [CONTAINS, CONTAINS_NOT, EMPTY, FILLED]

const BY_TYPE: Readonly<Record<string, readonly Operand[]>> = {
  TEXT,
  NUMBER,
  NUMERIC: NUMBER,
  RATING: CHOICE,
  SELECT: CHOICE,
  BOOLEAN: [IS, IS_NOT],
  UUID: CHOICE,
  RELATION: CHOICE,
  DATE,
  DATE_TIME: DATE,
  MULTI_SELECT: LIST,
  ARRAY: LIST,
}

export const operandsOf = (type: string): readonly Operand[] => BY_TYPE[type] ?? TEXT

export const operandOf = (value: OperandName): Operand =>
  [...TEXT, ...NUMBER, ...DATE, ...LIST, NOT_NULL].find((operand) => operand.value === value) ?? {
    value,
    label: value,
    takesValue: true,
  }

/** Parts of composite fields that a rule can compare. */
const PARTS: Readonly<Record<string, readonly string[]>> = {
  FULL_NAME: ['firstName', 'lastName'],
  ADDRESS: [
    'addressCity',
    'addressState',
    'addressCountry',
    'addressPostcode',
    'addressStreet1',
    'addressStreet2',
  ],
  CURRENCY: ['amountMicros', 'currencyCode'],
  EMAILS: ['primaryEmail'],
  PHONES: ['primaryPhoneNumber', 'primaryPhoneCountryCode', 'primaryPhoneCallingCode'],
  LINKS: ['primaryLinkUrl', 'primaryLinkLabel'],
  ACTOR: ['source', 'name', 'workspaceMemberId'],
  RICH_TEXT: ['markdown'],
}

export const partsOf = (type: string): readonly string[] => PARTS[type] ?? []

/** Whether a rule can compare the field: it needs columns of its own. */
export const isComparable = ({ type, relation }: RoleFieldFragment): boolean =>
  type !== 'TS_VECTOR' &&
  type !== 'MORPH_RELATION' &&
  type !== 'FILES' &&
  type !== 'RAW_JSON' &&
  type !== 'POSITION' &&
  relation?.type !== 'ONE_TO_MANY'
