// Sends a text in the pieces in which it was written: to join 28 MB takes 15 ms, and as much memory again.

import { Readable } from 'node:stream'
import type { JsonText } from './bytes.ts'

interface Answer {
  body: unknown
  length?: number | undefined
}

/** As the body of an answer whose type is set. */
export const sendText = (ctx: Answer, text: JsonText): void => {
  if (typeof text === 'string') {
    ctx.body = text
    return
  }
  ctx.body = Readable.from(text, { objectMode: false })
  ctx.length = text.reduce((sum, { length }) => sum + length, 0)
}
