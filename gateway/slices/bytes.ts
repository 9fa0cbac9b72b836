// Long texts in UTF-8, encoded some characters at a time as they are written: to encode a text of 24 MB at
// once takes 100 ms, and to count its bytes before as much again.

/** Characters that are encoded together. */
const MAX_CHARACTERS_ENCODED = 250_000

/** JSON, or its UTF-8 in pieces. */
export type JsonText = string | readonly Buffer[]

/** Encodes nothing as long as all parts are texts. */
export const joinTexts = (parts: readonly JsonText[]): JsonText =>
  parts.every((part) => typeof part === 'string')
    ? parts.join('')
    : parts.flatMap((part) => (typeof part === 'string' ? [Buffer.from(part)] : part))

export interface Bytes {
  readonly add: (text: string) => void
  /** UTF-8, which is not copied. */
  readonly addPiece: (piece: Buffer) => void
  readonly pieces: () => readonly Buffer[]
}

/** UTF-8 of texts one after the other. */
export const createBytes = (): Bytes => {
  const buffers: Buffer[] = []
  let texts: string[] = []
  let characters = 0
  const flush = (): void => {
    if (characters === 0) return
    buffers.push(Buffer.from(texts.join('')))
    texts = []
    characters = 0
  }
  return {
    add: (text) => {
      texts.push(text)
      characters += text.length
      if (characters >= MAX_CHARACTERS_ENCODED) flush()
    },
    addPiece: (piece) => {
      flush()
      buffers.push(piece)
    },
    pieces: () => {
      flush()
      return buffers
    },
  }
}
