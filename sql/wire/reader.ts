// Cuts the server's byte stream into messages of the Postgres protocol, version 3 (PostgreSQL documentation,
// "Message Formats"). Calls back once per message with its type byte and the position of its body, in a
// buffer that is valid only during the call.

type OnMessage = (type: number, buffer: Buffer, start: number, end: number) => void

/** Type byte and length. */
const HEADER_BYTES = 5

export const createReader = (onMessage: OnMessage): ((chunk: Buffer) => void) => {
  // The start of an incomplete message; messages that are complete in a chunk are read in place.
  let partial = Buffer.alloc(HEADER_BYTES)
  let have = 0

  const complete = (chunk: Buffer): number => {
    let offset = 0
    if (have < HEADER_BYTES) {
      offset = chunk.copy(partial, have, 0, HEADER_BYTES - have)
      have += offset
      if (have < HEADER_BYTES) return offset
    }
    const total = 1 + partial.readUInt32BE(1)
    if (partial.length < total) {
      const whole = Buffer.allocUnsafe(total)
      partial.copy(whole, 0, 0, have)
      partial = whole
    }
    const taken = chunk.copy(partial, have, offset, offset + total - have)
    have += taken
    if (have === total) {
      const message = partial
      partial = Buffer.alloc(HEADER_BYTES)
      have = 0
      onMessage(message.readUInt8(0), message, HEADER_BYTES, total)
    }
    return offset + taken
  }

  return (chunk) => {
    let offset = have > 0 ? complete(chunk) : 0
    while (chunk.length - offset >= HEADER_BYTES) {
      const end = offset + 1 + chunk.readUInt32BE(offset + 1)
      if (end > chunk.length) break
      onMessage(chunk.readUInt8(offset), chunk, offset + HEADER_BYTES, end)
      offset = end
    }
    if (offset < chunk.length) complete(chunk.subarray(offset))
  }
}
