// Options of select fields written short. In: `[value, label, color]` rows; out: options numbered in that
// order.

import type { OptionDefinition } from '../definition.ts'

type OptionRow = readonly [value: string, label: string, color: string]

export const options = (...rows: readonly OptionRow[]): readonly OptionDefinition[] =>
  rows.map(([value, label, color], position) => ({ value, label, color, position }))
