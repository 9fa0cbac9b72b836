// Sends requests and compares them with the caller's document.

import type { ExecutionContext } from 'ava'
import type { Answer, Client } from '../support/gateway.ts'
import { type Contract, createContract, type Json } from './contract.ts'

/** A valid id that no record has. */
export const MISSING = '018f0000-0000-7000-8000-000000000000'

export interface Replay {
  readonly document: Json
  readonly contract: Contract
  readonly send: (
    method: string,
    target: string,
    body?: unknown,
    headers?: Record<string, string>,
  ) => Promise<Answer>
  readonly count: () => number
}

export const replayOf = async (t: ExecutionContext, client: Client, subject = 'core'): Promise<Replay> => {
  const document = (await client.get(`/rest/open-api/${subject}`)).body
  const contract = createContract(document)
  let sent = 0
  return {
    document,
    contract,
    count: () => sent,
    send: async (method, target, body, headers) => {
      const answer = await client.request(method, target, body, headers)
      sent += 1
      t.deepEqual(contract.check({ method, target, body, answer }), [])
      return answer
    },
  }
}

export const query = (parameters: Readonly<Record<string, string>>): string =>
  `?${new URLSearchParams(parameters)}`
