// Parameters of compiled SQL. Values never enter SQL text: a compiler registers a value and writes the
// returned placeholder. Text and identifiers come from the model alone.

export interface Params {
  /**
   * Registers a value in Postgres' text form; returns the SQL of its parameter, cast to `type` (SQL of a type
   * name).
   */
  readonly param: (value: string | null, type: string) => string
  /** An alias unique in this statement. */
  readonly alias: () => string
  /**
   * SQL of one condition of a filter, for a statement that is kept for requests with other values.
   * @param operators the object of the filter that has the condition's value, by its operator
   */
  readonly condition?: (
    operators: Readonly<Record<string, unknown>>,
    operator: string,
    compile: CompileCondition,
  ) => string
}

/** SQL of a condition from its value: it depends on nothing else of a request. */
export type CompileCondition = (e: Params, value: unknown) => string

/** What a statement has used so far. */
export interface UsedNames {
  readonly params: number
  readonly aliases: number
}

interface TextParams extends Params {
  readonly values: readonly (string | null)[]
  readonly used: () => UsedNames
}

const NOTHING_USED: UsedNames = { params: 0, aliases: 0 }

/**
 * Numbers parameters `$1`, `$2` … for a statement that is sent as it is.
 * @param before names of the statement's text in front
 */
export const createParams = (before = NOTHING_USED): TextParams => {
  const values: (string | null)[] = []
  let { aliases } = before
  return {
    values,
    used: () => ({ params: before.params + values.length, aliases }),
    param: (value, type) => `$${before.params + values.push(value)}::${type}`,
    alias: () => {
      aliases += 1
      return `r${aliases}`
    },
  }
}

/** Collects values in one array, the first parameter, for statements that share it. */
export const createListParams = (): TextParams => {
  const values: (string | null)[] = []
  return {
    ...createParams(),
    values,
    param: (value, type) => `($1[${values.push(value)}])::${type}`,
  }
}

const SPECIAL = /["\\]/
const SPECIALS = /["\\]/g

/** Text, null, or an array in its text form as an element of an array with more dimensions. */
type ArrayItem = string | null | { readonly nested: string }

const arrayItem = (item: ArrayItem): string => {
  if (item === null) return 'NULL'
  if (typeof item !== 'string') return item.nested
  return SPECIAL.test(item) ? `"${item.replace(SPECIALS, '\\$&')}"` : `"${item}"`
}

/** An array in Postgres' text form. */
export const arrayLiteral = (items: readonly ArrayItem[]): string => `{${items.map(arrayItem).join(',')}}`
