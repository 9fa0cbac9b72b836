// Joins SQL conditions. None of them restricts nothing, for both ways of joining.

const joined = (conditions: readonly string[], word: 'and' | 'or'): string =>
  conditions.length === 0
    ? 'true'
    : conditions.length === 1
      ? String(conditions[0])
      : `(${conditions.join(` ${word} `)})`

export const all = (conditions: readonly string[]): string => joined(conditions, 'and')

export const any = (conditions: readonly string[]): string => joined(conditions, 'or')
