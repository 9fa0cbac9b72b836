// A random UUID (RFC 9562, version 4). In: nothing; out: its text. Not crypto.randomUUID(): browsers keep
// that from pages on plain http, which a gateway inside a network serves.

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
