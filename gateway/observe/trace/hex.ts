// Hexadecimal ids of traces and spans.

/** Enough for 128 trace ids and 128 span ids. */
const RANDOM_BYTES = 128 * 24

/**
 * Random digits. Each request has ids: cut from a longer text, they cost a fifth of ids made one by one.
 */
export const createHex = (): ((characters: number) => string) => {
  const words = new Uint32Array(RANDOM_BYTES / Uint32Array.BYTES_PER_ELEMENT)
  const bytes = Buffer.from(words.buffer)
  let text = ''
  let at = 0
  return (characters) => {
    if (at + characters > text.length) {
      for (let word = 0; word < words.length; word += 1) words[word] = Math.random() * 2 ** 32
      text = bytes.toString('hex')
      at = 0
    }
    at += characters
    return text.slice(at - characters, at)
  }
}

/** The value of a lower-case hexadecimal digit. */
export const hexDigit = (text: string, at: number): number => {
  const code = text.charCodeAt(at)
  return code < 58 ? code - 48 : code - 87
}
