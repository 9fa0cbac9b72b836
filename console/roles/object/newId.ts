// A random UUID (RFC 9562, version 4). Not crypto.randomUUID(): browsers offer that only on https, and
// gateways inside a network serve plain http.

const VERSION = 6
const VARIANT = 8

export const newId = (): string => {
  const bytes = crypto.getRandomValues(new Uint8Array(16))
  const marked = bytes.map((byte, index) =>
    index === VERSION ? (byte & 0x0f) | 0x40 : index === VARIANT ? (byte & 0x3f) | 0x80 : byte,
  )
  const hex = [...marked].map((byte) => byte.toString(16).padStart(2, '0')).join('')
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
}
