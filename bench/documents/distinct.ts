// Memory of a gateway after many distinct documents, as clients send them that write values into the text:
// `npm run bench -- --documents 13000`. Linux alone.

import type { Contender } from '../contender.ts'
import { inParallel } from '../inParallel.ts'
import { memoryMb } from '../memory.ts'

const LIMIT_MB = 350
const AT_ONCE = 4
const STEPS = 10

const TEXTS: readonly ((at: number) => string)[] = [
  (at) => `{ companies(first: 5, filter: { name: { ilike: "%${at}%" } }) { edges { node { id name } } } }`,
  (at) =>
    `query Page${at} { companies(first: 20, filter: { and: [{ name: { neq: "x${at}" } }, { address: { addressCity: { eq: "Berlin" } } }] }, orderBy: [{ name: AscNullsFirst }]) { totalCount pageInfo { hasNextPage endCursor } edges { cursor node { id name createdAt address { addressCity addressCountry } accountOwner { id } people(first: 5) { edges { node { id name { firstName lastName } jobTitle } } } } } } }`,
  (at) =>
    `{ people(first: 10, filter: { company: { name: { eq: "Company ${at}" } } }) { edges { node { id name { firstName lastName } emails { primaryEmail } company { id name } } } } }`,
  (at) => `{ company(filter: { name: { eq: "Company ${at}" } }) { id name createdAt updatedAt } }`,
]

export const measureDistinct = async (
  gateway: Contender,
  token: string,
  documents: number,
): Promise<void> => {
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
  const ask = async (at: number): Promise<void> => {
    const query = TEXTS[at % TEXTS.length]?.(at)
    const response = await fetch(`${gateway.origin}/graphql`, {
      method: 'POST',
      headers,
      body: JSON.stringify({ query }),
    })
    const text = await response.text()
    if (!response.ok || (text.includes('"errors"') && !text.includes('NOT_FOUND'))) throw new Error(text)
  }
  await ask(0)
  console.log(`\nafter 1 document: ${memoryMb(gateway.pid, 'resident').toFixed(0)} MB`)
  const each = Math.ceil(documents / STEPS)
  for (let step = 0; step < STEPS; step += 1) {
    await inParallel(each, (at) => ask(1 + step * each + at), AT_ONCE)
    console.log(`after ${(step + 1) * each}: ${memoryMb(gateway.pid, 'resident').toFixed(0)} MB`)
  }
  const most = memoryMb(gateway.pid, 'resident')
  if (most > LIMIT_MB) console.log(`missed: the bound is ${LIMIT_MB} MB`)
}
