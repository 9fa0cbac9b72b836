// Subscribers of company changes by pages, by stream and by GraphQL, whose connections break at random.

import type { Random } from './changeModel.ts'
import { openEventStream } from './eventStream.ts'
import type { Client } from './gateway.ts'
import { openGraphQLSocket } from './graphqlSocket.ts'
import { until } from './until.ts'

interface Entry {
  readonly id: string
  readonly operation: string
  readonly position: string
}

/** A connection that pushes entries to us, or a page; `take` returns what has arrived so far. */
interface Connection {
  readonly take: () => Entry[]
  readonly isEnded: () => boolean
  /** Where the next page begins; null without one. */
  readonly next?: string | null
  readonly close: () => void
}
type Open = (url: string, client: Client, after: string, random: Random) => Promise<Connection>

const byPages: Open = async (_url, client, after, random) => {
  const { status, body } = await client.get(
    `/changes?after=${after}&objects=company&include=record,previous&limit=${1 + random(30)}`,
  )
  const take = () => (status === 200 ? body.data.changes : [])
  return {
    take,
    isEnded: () => true,
    next: status === 200 && body.hasMore ? body.position : null,
    close: () => {},
  }
}
const byStream: Open = async (url, { token }, after) => {
  const headers = { authorization: `Bearer ${token}`, 'last-event-id': after }
  const stream = await openEventStream(
    `${url}/changes/stream?objects=company&include=record,previous`,
    headers,
  )
  const take = () => stream.changes().map(({ id, data }) => ({ ...data, position: id }))
  return { take, isEnded: stream.isEnded, close: stream.close }
}
const bySubscription: Open = async (url, { token }, after) => {
  const socket = await openGraphQLSocket(`${url}/graphql`)
  await socket.init({ authorization: `Bearer ${token}` })
  const query = `subscription ($after: String) { companyChanges(after: $after) {
    operation id position changedFields previous { position address { addressCity } } record { id } } }`
  if (socket.isOpen()) socket.subscribe('a', query, { after })
  const take = () => socket.received('a').map(({ data }) => data.companyChanges)
  const hasFailed = () => socket.received('a', 'error').length + socket.received('a', 'complete').length > 0
  return { take, isEnded: () => !socket.isOpen() || hasFailed(), close: socket.close }
}

/** Subscribes from now on. `resume` breaks the connection at random and goes on behind the entry handled last. */
export const subscribe = async (url: string, client: Client, open: Open, random: Random) => {
  let { position } = (await client.get('/changes')).body
  const handled: Entry[] = []
  let connection = await open(url, client, position, random)
  /** Handles some of what has arrived, breaks the connection, resumes behind the entry handled last. */
  const resume = async (isWhole = false): Promise<void> => {
    const arrived = connection.take()
    handled.push(...(isWhole ? arrived : arrived.slice(0, random(arrived.length + 1))))
    position = handled.at(-1)?.position ?? position
    connection.close()
    connection = await open(url, client, position, random)
  }
  const finish = async (id: string): Promise<readonly Entry[]> => {
    // All pages, also the ones without an entry that the reader may see.
    for (let { next } = connection; next != null; next = connection.next) {
      handled.push(...connection.take())
      position = next
      connection = await open(url, client, position, random)
    }
    await until(`the last record has arrived by ${open.name}`, async () => {
      const isThere = [...handled, ...connection.take()].some((entry) => entry.id === id)
      if (!isThere && connection.isEnded()) await resume(true)
      return isThere
    })
    handled.push(...connection.take())
    connection.close()
    return handled
  }
  return { resume, finish }
}

export const WAYS: readonly Open[] = [byPages, byStream, bySubscription]
