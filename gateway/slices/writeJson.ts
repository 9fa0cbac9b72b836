// JSON of large values, in slices: `JSON.stringify` of 28 MB takes 160 ms, and other requests wait.

import { createSlices, type SlicesOptions } from '../../tenants/model/read/slices.ts'
import { createBytes } from './bytes.ts'

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

/** The same text as `JSON.stringify` in UTF-8, for values without `undefined`, `toJSON` and functions. */
export const writeJsonInSlices = async (
  value: unknown,
  options: Partial<SlicesOptions> = {},
): Promise<Buffer> => {
  const slices = createSlices({ maxUnits: MAX_CHARACTERS, ...options })
  const bytes = createBytes()
  const write = (part: unknown): Promise<void> | null => {
    if (isLong(part)) return writeParts(part)
    const text = JSON.stringify(part)
    bytes.add(text)
    return slices.spend(text.length)
  }
  const writeParts = async (part: object): Promise<void> => {
    const isList = Array.isArray(part)
    let before = isList ? '[' : '{'
    for (const [key, inner] of Object.entries(part)) {
      bytes.add(isList ? before : `${before}${JSON.stringify(key)}:`)
      before = ','
      const others = write(inner)
      if (others !== null) await others
    }
    bytes.add(isList ? ']' : '}')
  }
  await write(value)
  slices.end()
  return Buffer.concat(bytes.pieces())
}
