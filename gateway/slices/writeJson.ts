// JSON of large values, in slices: `JSON.stringify` of 28 MB takes 160 ms, and other requests wait.

import { createSlices, type SlicesOptions } from './slices.ts'

/** Characters after which a slice ends. Measured: 5 ms. */
const MAX_CHARACTERS = 1_000_000
/** Longer lists and objects, and what is around them, are written by their parts. */
const MAX_ITEMS = 100
const isContainer = (value: unknown): value is object => typeof value === 'object' && value !== null

/** Whether the value, its parts or their parts are long. */
const isLong = (value: unknown, levels = 2): value is object => {
  if (!isContainer(value)) return false
  const parts: readonly unknown[] = Array.isArray(value) ? value : Object.values(value)
  return parts.length > MAX_ITEMS || (levels > 0 && parts.some((part) => isLong(part, levels - 1)))
}

/** The same text as `JSON.stringify`, for values without `undefined`, `toJSON` and functions. */
export const writeJsonInSlices = async (
  value: unknown,
  options: Partial<SlicesOptions> = {},
): Promise<string> => {
  const slices = createSlices({ maxUnits: MAX_CHARACTERS, ...options })
  const write = (part: unknown): string | Promise<string> => {
    if (isLong(part)) return writeParts(part)
    const text = JSON.stringify(part)
    const others = slices.spend(text.length)
    return others === null ? text : others.then(() => text)
  }
  const writeParts = async (part: object): Promise<string> => {
    const texts: string[] = []
    const isList = Array.isArray(part)
    for (const [key, inner] of Object.entries(part)) {
      const written = write(inner)
      const text = typeof written === 'string' ? written : await written
      texts.push(isList ? text : `${JSON.stringify(key)}:${text}`)
    }
    return isList ? `[${texts.join(',')}]` : `{${texts.join(',')}}`
  }
  const text = await write(value)
  slices.end()
  return text
}
