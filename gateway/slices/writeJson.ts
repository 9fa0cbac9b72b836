// JSON of large values, in slices: `JSON.stringify` of 28 MB takes 160 ms, and other requests wait.

import { createSlices, type SlicesOptions } from '../../tenants/model/read/slices.ts'
import { createBytes, type JsonText } from './bytes.ts'
import { LongText } from './longText.ts'

/** Characters after which a slice ends. Measured: 5 ms. */
const MAX_CHARACTERS = 1_000_000
/** Characters that are written at once, by an estimate. */
const MAX_AT_ONCE = 20_000
/** Of a value beside its texts. */
const CHARACTERS_PER_VALUE = 8

const isContainer = (value: unknown): value is object => typeof value === 'object' && value !== null

/** An estimate of the characters of its JSON, counted no further than `most`. */
const charactersOf = (value: unknown, most: number): number => {
  if (typeof value === 'string') return value.length + CHARACTERS_PER_VALUE
  if (value instanceof LongText) return value.byteLength + CHARACTERS_PER_VALUE
  let characters = CHARACTERS_PER_VALUE
  if (!isContainer(value)) return characters
  for (const key in value) {
    if (characters > most) break
    characters += key.length + charactersOf(Reflect.get(value, key), most - characters)
  }
  return characters
}

/** Without a JSON text: `JSON.stringify` leaves it out of objects, and puts null in its place in lists. */
const isNothing = (value: unknown): boolean => value === undefined || typeof value === 'function'

const HIGH_SURROGATE = /[\ud800-\udbff]$/

/** Pieces of about `length`, which split no pair of surrogates. */
function* piecesOf(text: string, length: number): Generator<string> {
  for (let start = 0; start < text.length; ) {
    const piece = text.slice(start, start + length)
    const end = start + piece.length
    const isSplit = end < text.length && HIGH_SURROGATE.test(piece)
    yield isSplit ? text.slice(start, end + 1) : piece
    start = isSplit ? end + 1 : end
  }
}

type Write = (value: unknown) => Promise<void> | null

const createWriter = (options: SlicesOptions) => {
  const slices = createSlices(options)
  const bytes = createBytes()
  const most = Math.max(1, Math.min(MAX_AT_ONCE, Math.ceil(options.maxUnits / 10)))
  const add = (text: string): Promise<void> | null => {
    bytes.add(text)
    return slices.spend(text.length)
  }
  const write: Write = (value) => {
    if (charactersOf(value, most) > most) {
      if (typeof value === 'string') return writeText(value)
      if (value instanceof LongText) return writeLongText(value)
      if (isContainer(value) && !('toJSON' in value)) return writeParts(value)
    }
    return add(JSON.stringify(value))
  }
  const writeText = async (text: string): Promise<void> => {
    bytes.add('"')
    for (const piece of piecesOf(text, most)) {
      const others = add(JSON.stringify(piece).slice(1, -1))
      if (others !== null) await others
    }
    bytes.add('"')
  }
  const writeLongText = async ({ pieces }: LongText): Promise<void> => {
    bytes.add('"')
    for (const piece of pieces) {
      bytes.addPiece(piece)
      const others = slices.spend(piece.length)
      if (others !== null) await others
    }
    bytes.add('"')
  }
  const writeParts = async (container: object): Promise<void> => {
    const isList = Array.isArray(container)
    const parts = isList ? container.entries() : Object.entries(container)
    let before = isList ? '[' : '{'
    for (const [key, part] of parts) {
      if (isNothing(part) && !isList) continue
      bytes.add(isList ? before : `${before}${JSON.stringify(key)}:`)
      before = ','
      const others = write(isNothing(part) ? null : part)
      if (others !== null) await others
    }
    // Of a container whose parts have no text, too.
    bytes.add(`${before === ',' ? '' : before}${isList ? ']' : '}'}`)
  }
  return { write, end: slices.end, pieces: bytes.pieces }
}

/**
 * The same text as `JSON.stringify`, in UTF-8. What has a `toJSON`, like a date, is written at once.
 * @returns the pieces of the text
 */
export const writeJsonInSlices = async (
  value: unknown,
  options: Partial<SlicesOptions> = {},
): Promise<readonly Buffer[]> => {
  const { write, end, pieces } = createWriter({ maxUnits: MAX_CHARACTERS, ...options })
  await write(value)
  end()
  return pieces()
}

/** A text for a short value; UTF-8, written in slices, for a long one. */
export const jsonTextOf = async (value: unknown): Promise<JsonText> =>
  charactersOf(value, MAX_AT_ONCE) <= MAX_AT_ONCE ? JSON.stringify(value) : writeJsonInSlices(value)
