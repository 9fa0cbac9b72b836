// A request's body as text, without any of the gateway's care.

import type { IncomingMessage } from 'node:http'

export const collect = async (request: IncomingMessage): Promise<string> => {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks).toString('utf8')
}
