// Spans in the protobuf form of OTLP (opentelemetry-proto, trace/v1/trace.proto), byte for byte as the
// package @opentelemetry/otlp-transformer writes them. It visits each span twice and writes texts character
// by character, which takes more than twice as long.

import { hexDigit } from './hex.ts'
import type { AttributeValue, Span, SpanAttributes } from './span.ts'

/** Bytes that are being written, and where the next one goes. */
interface Output {
  bytes: Buffer
  at: number
}

const FIRST_BYTES = 64 * 1024
/** Of the buffer that is kept between two batches. */
const MOST_KEPT_BYTES = 1024 * 1024
/** Longer texts are measured and written by calls of Node, shorter ones sooner by us. */
const LONGEST_LOOP = 40
const LAST_ASCII = 127
const LONGEST_VARINT = 10
const TWO_BYTE_VARINT = 2

const ensure = (output: Output, bytes: number): void => {
  const needed = output.at + bytes
  if (needed <= output.bytes.length) return
  const larger = Buffer.allocUnsafe(Math.max(needed, output.bytes.length * 2))
  output.bytes.copy(larger, 0, 0, output.at)
  output.bytes = larger
}

const varintBytes = (value: number): number => {
  let bytes = 1
  for (let rest = value; rest >= 128; rest = Math.floor(rest / 128)) bytes += 1
  return bytes
}

const writeVarint = (output: Output, value: number): void => {
  let rest = value
  while (rest >= 128) {
    output.bytes[output.at++] = (rest % 128) | 128
    rest = Math.floor(rest / 128)
  }
  output.bytes[output.at++] = rest
}

/** In UTF-8. */
const bytesOf = (text: string): number => {
  const { length } = text
  if (length > LONGEST_LOOP) return Buffer.byteLength(text)
  for (let index = 0; index < length; index += 1)
    if (text.charCodeAt(index) > LAST_ASCII) return Buffer.byteLength(text)
  return length
}

const writeText = (output: Output, text: string, bytes: number): void => {
  writeVarint(output, bytes)
  if (bytes !== text.length) output.bytes.write(text, output.at, 'utf8')
  else if (bytes > LONGEST_LOOP) output.bytes.write(text, output.at, 'latin1')
  else {
    const { bytes: target, at } = output
    for (let index = 0; index < bytes; index += 1) target[at + index] = text.charCodeAt(index)
  }
  output.at += bytes
}

/** A few bytes: a loop is faster than a call of Node. */
const writeBytes = (output: Output, written: Uint8Array): void => {
  ensure(output, written.length)
  const { bytes, at } = output
  for (let index = 0; index < written.length; index += 1) bytes[at + index] = written[index] ?? 0
  output.at = at + written.length
}

/** A field's number, and how its value is written: 0 varint, 1 eight bytes, 2 length and bytes. */
const tag = (field: number, wire: number): number => (field << 3) | wire

const writeTextField = (output: Output, field: number, text: string): void => {
  const bytes = bytesOf(text)
  ensure(output, bytes + LONGEST_VARINT)
  output.bytes[output.at++] = tag(field, 2)
  writeText(output, text, bytes)
}

const writeId = (output: Output, field: number, id: string): void => {
  ensure(output, id.length)
  output.bytes[output.at++] = tag(field, 2)
  output.bytes[output.at++] = id.length / 2
  for (let at = 0; at < id.length; at += 2)
    output.bytes[output.at++] = (hexDigit(id, at) << 4) | hexDigit(id, at + 1)
}

const TWO_32 = 2 ** 32

/** Nanoseconds since 1970 exceed what a number holds exactly, so both halves are computed. */
const writeTime = (
  output: Output,
  field: number,
  [seconds, nanoseconds]: readonly [number, number],
): void => {
  ensure(output, 9)
  output.bytes[output.at] = tag(field, 1)
  const upper = Math.floor(seconds / 65_536) * 1e9
  const low = (upper % 65_536) * 65_536 + (seconds % 65_536) * 1e9 + nanoseconds
  output.bytes.writeUInt32LE(low % TWO_32, output.at + 1)
  output.bytes.writeUInt32LE(Math.floor(upper / 65_536) + Math.floor(low / TWO_32), output.at + 5)
  output.at += 9
}

/** Names of attributes, as fields: there are as many as the code has. */
const keys = new Map<string, Uint8Array>()

const keyOf = (name: string): Uint8Array => {
  const known = keys.get(name)
  if (known !== undefined) return known
  const output: Output = { bytes: Buffer.alloc(0), at: 0 }
  writeTextField(output, 1, name)
  const key = Uint8Array.prototype.slice.call(output.bytes, 0, output.at)
  keys.set(name, key)
  return key
}

/** The message KeyValue with the message AnyValue. */
const writeAttribute = (output: Output, field: number, name: string, value: AttributeValue): void => {
  const key = keyOf(name)
  const isText = typeof value === 'string'
  const isInteger = !isText && Number.isSafeInteger(value) && value >= 0
  const textBytes = isText ? bytesOf(value) : 0
  const valueBytes = 1 + (isText ? varintBytes(textBytes) + textBytes : isInteger ? varintBytes(value) : 8)
  ensure(output, key.length + valueBytes + 4 * LONGEST_VARINT)
  output.bytes[output.at++] = tag(field, 2)
  writeVarint(output, key.length + 1 + varintBytes(valueBytes) + valueBytes)
  writeBytes(output, key)
  output.bytes[output.at++] = tag(2, 2)
  writeVarint(output, valueBytes)
  output.bytes[output.at++] = isText ? tag(1, 2) : isInteger ? tag(3, 0) : tag(4, 1)
  if (isText) writeText(output, value, textBytes)
  else if (isInteger) writeVarint(output, value)
  else output.at = output.bytes.writeDoubleLE(value, output.at)
}

const writeAttributes = (output: Output, field: number, attributes: Readonly<SpanAttributes>): void => {
  for (const name in attributes) {
    const value = attributes[name]
    if (value !== undefined) writeAttribute(output, field, name, value)
  }
}

/** Writes a message: `write` its fields, before them their length. */
const writeMessage = (output: Output, field: number, write: () => void): void => {
  ensure(output, 1 + TWO_BYTE_VARINT)
  output.bytes[output.at] = tag(field, 2)
  const lengthAt = output.at + 1
  const start = lengthAt + TWO_BYTE_VARINT
  output.at = start
  write()
  const bytes = output.at - start
  const moved = varintBytes(bytes) - TWO_BYTE_VARINT
  if (moved !== 0) {
    ensure(output, LONGEST_VARINT)
    output.bytes.copyWithin(start + moved, start, output.at)
  }
  output.at = lengthAt
  writeVarint(output, bytes)
  output.at += bytes
}

const IS_REMOTE_KNOWN = 0x100
const IS_REMOTE = 0x200
const FLAGS_TAG = tag(16, 5)
/** Numbers of dropped events (12) and links (14); tag and length of the status (15), tag of its code (3). */
const BEFORE_STATUS = Uint8Array.of(tag(12, 0), 0, tag(14, 0), 0, tag(15, 2), 2, tag(3, 0))

const writeSpanFields = (output: Output, span: Span): void => {
  const { parentSpanContext: parent } = span
  writeId(output, 1, span.traceId)
  writeId(output, 2, span.spanId)
  const state = span.traceState?.serialize() ?? ''
  if (state !== '') writeTextField(output, 3, state)
  if (parent !== undefined) writeId(output, 4, parent.spanId)
  writeTextField(output, 5, span.name)
  ensure(output, 2)
  output.bytes[output.at++] = tag(6, 0)
  output.bytes[output.at++] = span.kind + 1
  writeTime(output, 7, span.startTime)
  writeTime(output, 8, span.endTime)
  writeAttributes(output, 9, span.attributes)
  ensure(output, BEFORE_STATUS.length + 9)
  output.bytes[output.at++] = tag(10, 0)
  output.bytes[output.at++] = 0
  writeBytes(output, BEFORE_STATUS)
  output.bytes[output.at++] = span.status.code
  const flags = (span.traceFlags & 0xff) | IS_REMOTE_KNOWN | (parent?.isRemote === true ? IS_REMOTE : 0)
  writeVarint(output, FLAGS_TAG)
  output.at = output.bytes.writeUInt32LE(flags, output.at)
}

/** What all spans of a tracer share. */
interface Origin {
  readonly resource: Readonly<SpanAttributes>
  readonly scope: { readonly name: string; readonly version: string }
}

/** The fields of ResourceSpans and ScopeSpans before the spans. */
const writeOrigin = ({ resource, scope }: Origin): readonly [Buffer, Buffer] => {
  const written = (write: (output: Output) => void): Buffer => {
    const output: Output = { bytes: Buffer.alloc(0), at: 0 }
    write(output)
    return output.bytes.subarray(0, output.at)
  }
  return [
    written((output) =>
      writeMessage(output, 1, () => {
        writeAttributes(output, 1, resource)
        writeBytes(output, Uint8Array.of(tag(2, 0), 0))
      }),
    ),
    written((output) =>
      writeMessage(output, 1, () => {
        writeTextField(output, 1, scope.name)
        writeTextField(output, 2, scope.version)
      }),
    ),
  ]
}

/** Tag and length of a message that follows. */
const headOf = (field: number, bytes: number): Buffer => {
  const output: Output = { bytes: Buffer.alloc(1 + LONGEST_VARINT), at: 1 }
  output.bytes[0] = tag(field, 2)
  writeVarint(output, bytes)
  return output.bytes.subarray(0, output.at)
}

/** @returns writes a batch of spans as an ExportTraceServiceRequest */
export const createOtlpEncoder = (origin: Origin): ((spans: readonly Span[]) => Uint8Array) => {
  const [resource, scope] = writeOrigin(origin)
  const output: Output = { bytes: Buffer.allocUnsafe(FIRST_BYTES), at: 0 }
  return (spans) => {
    output.at = 0
    for (const span of spans) writeMessage(output, 2, () => writeSpanFields(output, span))
    const written = output.bytes.subarray(0, output.at)
    const scopeHead = headOf(2, scope.length + written.length)
    const resourceHead = headOf(1, resource.length + scopeHead.length + scope.length + written.length)
    // A copy: the exporter keeps it while it tries again.
    const request = Buffer.concat([resourceHead, resource, scopeHead, scope, written])
    if (output.bytes.length > MOST_KEPT_BYTES) output.bytes = Buffer.allocUnsafe(FIRST_BYTES)
    return request
  }
}
