// Times of changes to the data model and of the first requests after them. In: a running gateway and a key;
// out: one line for each kind of call, with its median and its slowest over the rounds. One call at a time:
// the question is how long a person waits. The first call after a change reads the model anew, and on GraphQL
// compiles its new shape.

const ROUNDS = 15
/** The first rounds warm up connections and the compiler. */
const WARM_UP_ROUNDS = 3

/** Milliseconds, at the standard objects and one more; the best that was seen elsewhere is 96 and 88. */
const TARGETS_MS = {
  'create object': 60,
  'first REST after it': undefined,
  'first GraphQL after it': 200,
  'add field': 40,
  'first REST after the field': undefined,
  'first GraphQL after the field': 200,
  'read the whole model': undefined,
} as const

type Call = keyof typeof TARGETS_MS

type Json = Readonly<Record<string, unknown>>

const isJson = (value: unknown): value is Json => typeof value === 'object' && value !== null

const at = (value: unknown, ...path: readonly string[]): unknown =>
  path.reduce<unknown>((inner, name) => (isJson(inner) ? inner[name] : undefined), value)

const createCaller = (origin: string, token: string) => {
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
  const call = async (path: string, body?: Json): Promise<unknown> => {
    const response = await fetch(origin + path, {
      headers,
      ...(body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) }),
    })
    const answer: unknown = await response.json()
    if (!response.ok || at(answer, 'errors') !== undefined)
      throw new Error(`${path} answered ${response.status}: ${JSON.stringify(answer)}`)
    return answer
  }
  return {
    rest: (path: string) => call(path),
    graphql: (query: string) => call('/graphql', { query }),
    metadata: (query: string, variables: Json = {}) => call('/metadata', { query, variables }),
  }
}

const WHOLE_MODEL =
  '{ objects(paging: { first: 1000 }) { edges { node { id nameSingular fields(paging: { first: 1000 }) { edges { node { id name type label options } } } } } } }'

export const measureModel = async (origin: string, token: string): Promise<void> => {
  const { rest, graphql, metadata } = createCaller(origin, token)
  const samples = new Map<Call, number[]>()
  const timed = async <T>(call: Call, work: () => Promise<T>): Promise<T> => {
    const startMs = performance.now()
    const result = await work()
    const known = samples.get(call) ?? []
    known.push(performance.now() - startMs)
    samples.set(call, known)
    return result
  }
  const round = async (n: number): Promise<void> => {
    const object = {
      nameSingular: `gadget${n}`,
      namePlural: `gadgets${n}`,
      labelSingular: `Gadget ${n}`,
      labelPlural: `Gadgets ${n}`,
    }
    const created = await timed('create object', () =>
      metadata('mutation ($input: CreateOneObjectInput!) { createOneObject(input: $input) { id } }', {
        input: { object },
      }),
    )
    const id = at(created, 'data', 'createOneObject', 'id')
    await timed('first REST after it', () => rest(`/rest/gadgets${n}`))
    await timed('first GraphQL after it', () => graphql(`{ gadgets${n} { edges { node { id name } } } }`))
    const field = { objectMetadataId: id, type: 'NUMBER', name: 'weight', label: 'Weight' }
    await timed('add field', () =>
      metadata('mutation ($input: CreateOneFieldMetadataInput!) { createOneField(input: $input) { id } }', {
        input: { field },
      }),
    )
    await timed('first REST after the field', () => rest(`/rest/gadgets${n}`))
    await timed('first GraphQL after the field', () =>
      graphql(`{ gadgets${n} { edges { node { weight } } } }`),
    )
    await timed('read the whole model', () => metadata(WHOLE_MODEL))
    await metadata('mutation ($id: UUID!) { deleteOneObject(input: { id: $id }) { id } }', { id })
  }
  for (let n = 0; n < WARM_UP_ROUNDS + ROUNDS; n += 1) {
    if (n === WARM_UP_ROUNDS) samples.clear()
    await round(n)
  }
  console.log(
    `${ROUNDS} rounds, one call at a time\n\n| call | median | slowest | target |\n|---|---|---|---|`,
  )
  for (const [call, times] of samples) {
    const sorted = times.toSorted((a, b) => a - b)
    const median = sorted[Math.floor(sorted.length / 2)] ?? Number.NaN
    const target = TARGETS_MS[call]
    const verdict = target === undefined ? '' : `≤ ${target} ms${median <= target ? '' : ' missed'}`
    console.log(
      `| ${call} | ${median.toFixed(0)} ms | ${(sorted.at(-1) ?? Number.NaN).toFixed(0)} ms | ${verdict} |`,
    )
  }
}
