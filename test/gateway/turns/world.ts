// What the requests of entry points are made with, and what they have made.

import type { Answer, Client } from '../../support/gateway.ts'

export interface World {
  readonly client: Client
  /** Of the gateway. */
  readonly url: string
  /** Of an operator. */
  readonly secret: string
  readonly operator: (method: string, path: string, body?: unknown) => Promise<Answer>
  /** Where a webhook may send. */
  readonly targetUrl: string
  /** Changes the model in SQL, so that everything that depends on it is made again. */
  readonly change: () => Promise<unknown>
  /** Ids by name. */
  readonly made: Map<string, string>
}

export interface EntryPoint {
  /** Method and pattern of the route. */
  readonly route: string
  /** What is asked, where a route has several kinds of requests. */
  readonly what?: string
  /** The model has changed before: nothing that depends on it is cached. */
  readonly isCold?: true
  /** The status that is expected. Default: below 400. */
  readonly status?: number
  readonly ask: (world: World) => Promise<Answer>
}

export const idOf = ({ made }: World, name: string): string => {
  const id = made.get(name)
  if (id === undefined) throw new Error(`Nothing is made with the name ${name}.`)
  return id
}

/** Remembers the id that an answer has at a place such as `data.createThing1.id`. */
export const keeping = async (
  { made }: World,
  name: string,
  place: string,
  asked: Promise<Answer>,
): Promise<Answer> => {
  const answer = await asked
  const id: unknown = place.split('.').reduce<unknown>((found, key) => Object(found)[key], answer.body)
  if (typeof id !== 'string') throw new Error(`${name}: ${answer.status} ${answer.text.slice(0, 500)}`)
  made.set(name, id)
  return answer
}
