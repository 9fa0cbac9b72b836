// Short notation for options of select fields: `[value, label, color]` rows, numbered in order.

import type { OptionDefinition } from '../definition.ts'

type OptionRow = readonly [value: string, label: string, color: string]

export const options = (...rows: readonly OptionRow[]): readonly OptionDefinition[] =>
  rows.map(([value, label, color], position) => ({ value, label, color, position }))
