// Receivers of webhooks, in a thread of their own: they answer at once, or never below /hang, and note what
// arrived.

import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads'

export interface Arrival {
  readonly path: string
  /** Milliseconds since the epoch. */
  readonly atMs: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

export interface Sinks {
  /** One per receiver: each is a host of its own. */
  readonly origins: readonly string[]
  readonly count: () => Promise<number>
  /** What arrived since the last call. */
  readonly take: () => Promise<readonly Arrival[]>
  readonly stop: () => Promise<void>
}

/** Of an exact clock, so that times of both threads can be compared. */
export const nowMs = (): number => performance.timeOrigin + performance.now()

const listen = async (arrivals: Arrival[]): Promise<number> => {
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const path = request.url ?? ''
      const headers = Object.fromEntries(
        Object.entries(request.headers).map(([name, value]) => [name, String(value)]),
      )
      arrivals.push({ path, atMs: nowMs(), headers, body: Buffer.concat(chunks).toString() })
      if (!path.startsWith('/hang')) response.end()
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return (server.address() as AddressInfo).port
}

const serve = async (count: number): Promise<void> => {
  const arrivals: Arrival[] = []
  const ports = await Promise.all(Array.from({ length: count }, () => listen(arrivals)))
  parentPort?.postMessage(ports)
  parentPort?.on('message', (question: 'count' | 'take') =>
    parentPort?.postMessage(question === 'count' ? arrivals.length : arrivals.splice(0)),
  )
}

export const startSinks = async (count: number): Promise<Sinks> => {
  const worker = new Worker(new URL(import.meta.url), { workerData: count })
  const next = <Message>(): Promise<Message> => new Promise((resolve) => worker.once('message', resolve))
  const ports = await next<readonly number[]>()
  const asking = <Message>(question: 'count' | 'take'): Promise<Message> => {
    worker.postMessage(question)
    return next<Message>()
  }
  return {
    origins: ports.map((port) => `http://127.0.0.1:${port}`),
    count: () => asking('count'),
    take: () => asking('take'),
    stop: async () => {
      await worker.terminate()
    },
  }
}

if (!isMainThread) await serve(Number(workerData))
