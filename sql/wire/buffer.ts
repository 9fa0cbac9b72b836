// A growing buffer for messages of the Postgres protocol. Two buffers take turns, so that one is filled while
// the socket sends the other.

/** Type byte and length. */
const HEADER_BYTES = 5
const INITIAL_BYTES = 16 * 1024
/** Largest buffer that is kept; a bigger one, grown by one giant request, is dropped. */
const KEPT_BYTES = 256 * 1024
/** A UTF-16 code unit takes at most three bytes in UTF-8. */
const UTF8_BYTES_PER_UNIT = 3

interface MessageBuffer {
  /** Starts a message. @returns the position of its length, for `finish` */
  begin(type: number): number
  finish(lengthAt: number): void
  int16(value: number): void
  cString(text: string): void
  /** A value with its length in front; null has the length -1. */
  value(text: string | null): void
  raw(bytes: Buffer): void
  size(): number
  truncate(size: number): void
  take(): { readonly bytes: Buffer; readonly giveBack: () => void }
}

/** One buffer kept for reuse. */
const createSpare = () => {
  let kept: Buffer | null = null
  return {
    next: (): Buffer => {
      const buffer = kept ?? Buffer.allocUnsafeSlow(INITIAL_BYTES)
      kept = null
      return buffer
    },
    keep: (buffer: Buffer): void => {
      if (buffer.length <= KEPT_BYTES) kept = buffer
    },
  }
}

export const createMessageBuffer = (): MessageBuffer => {
  let buffer: Buffer = Buffer.allocUnsafeSlow(INITIAL_BYTES)
  const spare = createSpare()
  let offset = 0

  const reserve = (bytes: number): void => {
    if (buffer.length - offset >= bytes) return
    const larger = Buffer.allocUnsafeSlow(Math.max(buffer.length * 2, offset + bytes))
    buffer.copy(larger, 0, 0, offset)
    buffer = larger
  }
  return {
    begin: (type) => {
      reserve(HEADER_BYTES)
      buffer[offset] = type
      offset += HEADER_BYTES
      return offset - 4
    },
    finish: (lengthAt) => {
      buffer.writeInt32BE(offset - lengthAt, lengthAt)
    },
    int16: (value) => {
      reserve(2)
      offset = buffer.writeUInt16BE(value, offset)
    },
    cString: (text) => {
      if (text.includes('\0')) throw new Error('SQL text cannot contain a NUL character.')
      reserve(text.length * UTF8_BYTES_PER_UNIT + 1)
      offset += buffer.write(text, offset, 'utf8')
      buffer[offset++] = 0
    },
    value: (text) => {
      if (text === null) {
        reserve(4)
        offset = buffer.writeInt32BE(-1, offset)
        return
      }
      reserve(4 + text.length * UTF8_BYTES_PER_UNIT)
      const length = buffer.write(text, offset + 4, 'utf8')
      buffer.writeInt32BE(length, offset)
      offset += 4 + length
    },
    raw: (bytes) => {
      reserve(bytes.length)
      offset += bytes.copy(buffer, offset)
    },
    size: () => offset,
    truncate: (size) => {
      offset = size
    },
    take: () => {
      const taken = buffer
      const bytes = taken.subarray(0, offset)
      buffer = spare.next()
      offset = 0
      return { bytes, giveBack: () => spare.keep(taken) }
    },
  }
}
