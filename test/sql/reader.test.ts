import test from 'ava'
import fc from 'fast-check'
import { createReader } from '../../sql/wire/reader.ts'

const messages = fc.array(fc.tuple(fc.integer({ min: 1, max: 255 }), fc.uint8Array({ maxLength: 40 })), {
  maxLength: 20,
})
const cuts = fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1, maxLength: 10 })

const encode = (type: number, body: Uint8Array): Buffer => {
  const header = Buffer.alloc(5)
  header.writeUInt8(type)
  header.writeUInt32BE(body.length + 4, 1)
  return Buffer.concat([header, body])
}

test('reads the same messages wherever the stream is cut', (t) => {
  fc.assert(
    fc.property(messages, cuts, (sent, sizes) => {
      const received: [number, Uint8Array][] = []
      const read = createReader((type, buffer, start, end) =>
        received.push([type, Uint8Array.from(buffer.subarray(start, end))]),
      )
      const stream = Buffer.concat(sent.map(([type, body]) => encode(type, body)))
      for (let offset = 0, n = 0; offset < stream.length; n++) {
        const size = sizes[n % sizes.length] ?? 1
        read(stream.subarray(offset, offset + size))
        offset += size
      }
      t.deepEqual(
        received,
        sent.map(([type, body]) => [type, Uint8Array.from(body)]),
      )
    }),
  )
})
