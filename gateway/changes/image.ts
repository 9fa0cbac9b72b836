// Images of the change log as the JSON texts of their values by column. Columns go by their present names.
// Values are cut out of the image, not parsed: they keep all their digits, and may be nested deeper than
// JSON.parse can follow with a reviver.

import type { Layout } from '../../tenants/changes/feed.ts'

/** JSON texts by column. */
export type Image = ReadonlyMap<string, string>

const QUOTE = 0x22
const BACKSLASH = 0x5c
const OPENING = /[{[]/
const SPACE = /\s/

/** @returns the index behind the string that begins at `start` */
const endOfString = (text: string, start: number): number => {
  for (let end = text.indexOf('"', start + 1); end !== -1; end = text.indexOf('"', end + 1)) {
    let first = end
    while (text.charCodeAt(first - 1) === BACKSLASH) first -= 1
    if ((end - first) % 2 === 0) return end + 1
  }
  return text.length
}

/** @returns the index behind the object or the list that begins at `start` */
const endOfNested = (text: string, start: number): number => {
  const mark = /["{}[\]]/g
  mark.lastIndex = start
  let depth = 0
  for (let found = mark.exec(text); found !== null; found = mark.exec(text)) {
    if (text.charCodeAt(found.index) === QUOTE) mark.lastIndex = endOfString(text, found.index)
    else depth += OPENING.test(found[0]) ? 1 : -1
    if (depth === 0) return mark.lastIndex
  }
  return text.length
}

/** @returns the index behind the number, or the word, that begins at `start` */
const endOfWord = (text: string, start: number): number => {
  const end = /[,}\s]/g
  end.lastIndex = start
  return end.exec(text)?.index ?? text.length
}

const endOfValue = (text: string, start: number): number => {
  if (text.charCodeAt(start) === QUOTE) return endOfString(text, start)
  return OPENING.test(text.charAt(start)) ? endOfNested(text, start) : endOfWord(text, start)
}

const behindSpaces = (text: string, start: number): number => {
  let at = start
  while (SPACE.test(text.charAt(at))) at += 1
  return at
}

/**
 * @param text a JSON object, as Postgres wrote it
 * @param names what a column of the image is called now; null: it is gone
 */
export const parseImage = (text: string, names: (name: string) => string | null): Image => {
  const image = new Map<string, string>()
  for (let at = text.indexOf('"'); at !== -1; ) {
    const end = endOfString(text, at)
    const name = names(String(JSON.parse(text.slice(at, end))))
    // Behind the name there is a colon.
    const start = behindSpaces(text, behindSpaces(text, end) + 1)
    const endOfIt = endOfValue(text, start)
    if (name !== null) image.set(name, text.slice(start, endOfIt))
    at = text.indexOf('"', endOfIt)
  }
  return image
}

export const imageText = (image: Image): string =>
  `{${[...image].map(([name, value]) => `${JSON.stringify(name)}:${value}`).join(',')}}`

/** Columns whose values differ. */
export const changedColumns = (before: Image, after: Image): ReadonlySet<string> => {
  const names = new Set([...before.keys(), ...after.keys()])
  return new Set([...names].filter((name) => before.get(name) !== after.get(name)))
}

/** The value of a column as the text that Postgres writes; null: it is null, or not in the image. */
export const storedText = (image: Image, column: string): string | null => {
  const value = image.get(column)
  if (value === undefined || value === 'null') return null
  return value.startsWith('"') ? String(JSON.parse(value)) : value
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
