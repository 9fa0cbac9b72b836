// Evaluates filters of the metadata API, validated by GraphQL, on a body. All conditions of one filter must
// hold, and one of an operator's list.

type Comparison = Readonly<Record<string, unknown>>

export interface Filter {
  readonly and?: readonly Filter[] | null
  readonly or?: readonly Filter[] | null
  readonly [property: string]: unknown
}

type Operator = (value: unknown, operand: unknown) => boolean

const compare =
  (holds: (value: string, operand: string) => boolean): Operator =>
  (value, operand) =>
    typeof value === 'string' && typeof operand === 'string' && holds(value, operand)

const isOneOf: Operator = (value, operand) => Array.isArray(operand) && operand.includes(value)
const equals: Operator = (value, operand) => value === operand

/** Operands of `like` are uuids, which contain no wildcards. */
const OPERATORS: Readonly<Record<string, Operator>> = {
  is: equals,
  isNot: (value, operand) => value !== operand,
  eq: equals,
  neq: (value, operand) => value !== operand,
  gt: compare((value, operand) => value > operand),
  gte: compare((value, operand) => value >= operand),
  lt: compare((value, operand) => value < operand),
  lte: compare((value, operand) => value <= operand),
  like: equals,
  notLike: (value, operand) => value !== operand,
  iLike: equals,
  notILike: (value, operand) => value !== operand,
  in: isOneOf,
  notIn: (value, operand) => Array.isArray(operand) && !operand.includes(value),
}

const isComparison = (value: unknown): value is Comparison => typeof value === 'object' && value !== null

const satisfies = (value: unknown, comparison: unknown): boolean =>
  !isComparison(comparison) ||
  Object.entries(comparison).every(([name, operand]) => OPERATORS[name]?.(value, operand) ?? false)

export const matchesFilter = (filter: Filter, body: object): boolean => {
  const { and, or, ...conditions } = filter
  const read = (name: string): unknown => (Object.hasOwn(body, name) ? Reflect.get(body, name) : null)
  return (
    (and ?? []).every((each) => matchesFilter(each, body)) &&
    (or == null || or.length === 0 || or.some((each) => matchesFilter(each, body))) &&
    Object.entries(conditions).every(([name, comparison]) => satisfies(read(name) ?? null, comparison))
  )
}
