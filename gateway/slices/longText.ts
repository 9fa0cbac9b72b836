// A text of megabytes as its JSON in pieces of UTF-8, made once. As one string it would be allocated at once,
// which takes 6 ms for each MB, and escaped and encoded for each answer.

import { createBytes } from './bytes.ts'

export class LongText {
  /** UTF-8 of its JSON, without quotes. */
  readonly pieces: readonly Buffer[]
  /** Of the pieces. */
  readonly byteLength: number

  constructor(pieces: readonly Buffer[]) {
    this.pieces = pieces
    this.byteLength = pieces.reduce((sum, { length }) => sum + length, 0)
  }

  toJSON(): string {
    return JSON.parse(`"${Buffer.concat(this.pieces).toString()}"`)
  }

  toString(): string {
    return this.toJSON()
  }
}

interface LongTextWriter {
  /** Must not end within a pair of surrogates. */
  readonly add: (text: string) => void
  readonly text: () => LongText
}

export const createLongText = (): LongTextWriter => {
  const bytes = createBytes()
  return {
    add: (text) => bytes.add(JSON.stringify(text).slice(1, -1)),
    text: () => new LongText(bytes.pieces()),
  }
}
