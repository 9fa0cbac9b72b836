// Images of the change log as values by column. Columns go by their present names, and numbers keep all their
// digits.

import type { Layout } from '../../tenants/changes/feed.ts'
import { isRecord } from '../../tenants/model/json.ts'
import { keepDigits } from '../../tenants/model/value/exactNumber.ts'

/** Values by column. */
export type Image = ReadonlyMap<string, unknown>

/** @param names what a column of the image is called now; null: it is gone */
export const parseImage = (text: string, names: (name: string) => string | null): Image => {
  const value: unknown = JSON.parse(text, (_, each, { source }) => keepDigits(each, source))
  if (!isRecord(value)) return new Map()
  return new Map(
    Object.entries(value).flatMap(([name, each]) => {
      const now = names(name)
      return now === null ? [] : [[now, each] as const]
    }),
  )
}

export const imageText = (image: Image): string => JSON.stringify(Object.fromEntries(image))

/** Columns whose values differ. */
export const changedColumns = (before: Image, after: Image): ReadonlySet<string> => {
  const names = new Set([...before.keys(), ...after.keys()])
  return new Set(
    [...names].filter((name) => JSON.stringify(before.get(name)) !== JSON.stringify(after.get(name))),
  )
}

/** Present names of past columns: a column keeps its number when it is renamed. */
export const presentNames = (then: Layout, now: Layout): ((name: string) => string | null) => {
  const numbers = new Map([...then].map(([number, [name]]) => [name, number]))
  return (name) => {
    const number = numbers.get(name)
    return number === undefined ? name : (now.get(number)?.[0] ?? null)
  }
}

/** Whether these columns had the same names and types then. */
export const areSame = (columns: readonly number[], then: Layout, now: Layout): boolean =>
  columns.every((number) => JSON.stringify(then.get(number)) === JSON.stringify(now.get(number)))
