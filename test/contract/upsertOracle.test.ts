// Random batches of upserts against a model in memory that applies their entries one after the other. Ids and
// values are few, so that entries name the same record often: by id, by one unique value, by another, by
// several columns together, live or in the trash.

import test, { type ExecutionContext } from 'ava'
import fc from 'fast-check'
import { quoteIdentifier } from '../../sql/placeholder.ts'
import { type Client, startTestGateway, type TestGateway } from '../support/gateway.ts'
import { runInSchema } from '../support/sqlByHand.ts'
import { type Stored, type Table, upsert, upsertAll, type Values } from './upsertModel.ts'
import { ALBUMS, createAlbums, IDS, PEOPLE, type Subject } from './upsertSubjects.ts'

const SEED = 20_261_128
const RUNS = 60

let server: TestGateway
let client: Client

test.before(async () => {
  server = await startTestGateway()
  client = await server.enter()
  const schema = quoteIdentifier(client.workspace.schemaName)
  await runInSchema(server.database.pool, client.workspace.schemaName, createAlbums(schema))
})
test.after.always(() => server?.close())

const valuesOf = ({ choices }: Subject) =>
  fc.record(
    Object.fromEntries(Object.entries(choices).map(([name, values]) => [name, fc.constantFrom(...values)])),
    { requiredKeys: [] },
  ) as fc.Arbitrary<Values>

/** Records that are there before: those of the random ones that do not collide. */
const tableOf = (kind: Subject, given: readonly { values: Values; isTrashed: boolean }[]): Table => {
  const table = new Map<string, Stored>()
  for (const [index, { values, isTrashed }] of given.entries()) {
    const id = IDS[index] ?? ''
    const whole = { ...kind.defaults, ...values, [kind.id]: id }
    const isFree = ![...table.values()].some((stored) =>
      kind.keys.some(({ columns }) =>
        columns.every((name) => whole[name] != null && whole[name] === stored.values[name]),
      ),
    )
    if (isFree) table.set(id, { values: whole, isTrashed })
  }
  return table
}

const reset = async ({ table, columns }: Subject, before: Table): Promise<void> => {
  const name = `${quoteIdentifier(client.workspace.schemaName)}.${table}`
  await server.database.pool.query(`delete from ${name}`)
  for (const { values, isTrashed } of before.values()) {
    const given = Object.entries(columns)
    const list = given.map(([, column]) => column).join(', ')
    const places = given.map((_, index) => `$${index + 1}`).join(', ')
    await server.database.pool.query(
      `insert into ${name} (${list}, deleted_at) values (${places}, ${isTrashed ? 'now()' : 'null'})`,
      given.map(([key]) => values[key] ?? null),
    )
  }
}

const readTable = async ({ table, columns, id }: Subject): Promise<Map<string, Stored>> => {
  const list = Object.entries(columns).map(([key, column]) => `${column} as "${key}"`)
  const { rows } = await server.database.pool.query<Values & { isTrashed: boolean }>(
    `select ${list.join(', ')}, deleted_at is not null as "isTrashed" from ${quoteIdentifier(client.workspace.schemaName)}.${table}`,
  )
  return new Map(
    rows.map(({ isTrashed, ...values }) => [
      String((values as Values)[id]),
      { values: values as Values, isTrashed },
    ]),
  )
}

interface Outcome {
  readonly records: readonly Values[]
  readonly code: string | null
  readonly index: number | null
  readonly text: string
}

type Protocol = 'REST' | 'GraphQL'

const send = async (subject: Subject, protocol: Protocol, entries: readonly Values[]): Promise<Outcome> => {
  const data = entries.map(subject.toJson)
  const name = `create${subject.plural.charAt(0).toUpperCase()}${subject.plural.slice(1)}`
  if (protocol === 'REST') {
    const { status, body, text } = await client.request(
      'POST',
      `/rest/batch/${subject.plural}?upsert=true`,
      data,
    )
    const records = status === 201 ? body.data[name] : []
    return {
      records: records.map(subject.fromJson),
      code: body.code ?? null,
      index: body.index ?? null,
      text,
    }
  }
  const { body, text } = await client.graphql(
    `mutation ($data: [${subject.single}CreateInput!]!) { ${name}(data: $data, upsert: true) { ${subject.selection} } }`,
    { data },
  )
  const { subCode = null, index = null } = body.errors?.[0].extensions ?? {}
  return { records: (body.data?.[name] ?? []).map(subject.fromJson), code: subCode, index, text }
}

const CODES = {
  ambiguous: 'UPSERT_MULTIPLE_MATCHING_RECORDS_CONFLICT',
  taken: 'DUPLICATE_ENTRY_DETECTED',
} as const

/** Ids that the model has made, by the ids that the database has. */
const bind = (names: Map<string, string>, made: string, real: string): string => {
  if (!made.startsWith('new')) return made
  const known = names.get(made) ?? real
  names.set(made, known)
  return known
}

const newIds = (): (() => string) => {
  let count = 0
  return () => {
    count += 1
    return `new${count}`
  }
}

const compare = (
  t: ExecutionContext,
  subject: Subject,
  expected: { readonly table: Table; readonly ids: readonly string[] },
  records: readonly Values[],
  now: ReadonlyMap<string, Stored>,
): void => {
  const names = new Map<string, string>()
  t.deepEqual(
    records,
    expected.ids.map((id, place) => {
      const real = bind(names, id, String(records[place]?.[subject.id]))
      return { ...expected.table.get(id)?.values, [subject.id]: real }
    }),
  )
  const renamed = [...expected.table].map(([id, { values, isTrashed }]) => {
    const real = bind(names, id, '')
    return [real, { values: { ...values, [subject.id]: real }, isTrashed }] as const
  })
  t.deepEqual(
    now,
    new Map(renamed.toSorted(([a], [b]) => [...now.keys()].indexOf(a) - [...now.keys()].indexOf(b))),
  )
}

for (const subject of [PEOPLE, ALBUMS]) {
  const stored = fc.record({ values: valuesOf(subject), isTrashed: fc.boolean() })
  const before = fc.array(stored, { maxLength: 3 }).map((given) => tableOf(subject, given))
  const entries = fc.array(valuesOf(subject), { minLength: 1, maxLength: 5 })

  test.serial(`a batch of ${subject.plural} has the result of its entries one after the other`, async (t) => {
    let repeats = 0
    let refusals = 0
    await fc.assert(
      fc.asyncProperty(
        before,
        entries,
        fc.constantFrom<Protocol>('REST', 'GraphQL'),
        async (table, batch, protocol) => {
          await reset(subject, table)
          const expected = upsertAll(subject, table, batch, newIds())
          const outcome = await send(subject, protocol, batch)
          if (new Set(expected.ids).size < expected.ids.length) repeats += 1
          if (expected.fault !== null) {
            refusals += 1
            t.is(outcome.code, CODES[expected.fault.fault], outcome.text)
            t.is(outcome.index, batch.length === 1 ? null : expected.fault.index, outcome.text)
            t.notRegex(outcome.text, /primary_email|album_id|_key|_idx/, 'no name of the database')
          } else t.is(outcome.code, null, outcome.text)
          compare(t, subject, expected, outcome.records, await readTable(subject))
        },
      ),
      { seed: SEED, numRuns: RUNS },
    )
    t.log({ repeats, refusals })
    t.true(
      repeats > RUNS / 10 && refusals > RUNS / 20,
      'the batches name records twice, and some are refused',
    )
  })

  test.serial(`a batch of ${subject.plural} that goes on comes to single upserts`, async (t) => {
    await fc.assert(
      fc.asyncProperty(before, entries, async (table, batch) => {
        await reset(subject, table)
        const newId = newIds()
        let now = table
        const faults = batch.map((entry): string | null => {
          const step = upsert(subject, now, entry, newId)
          if (typeof step === 'string') return CODES[step]
          now = step.table
          return null
        })
        const { body } = await client.request(
          'POST',
          `/rest/batch/${subject.plural}?upsert=true&on_error=continue`,
          batch.map(subject.toJson),
        )
        t.deepEqual(
          body.results.map(({ code = null }: { code?: string | null }) => code),
          faults,
        )
        t.is((await readTable(subject)).size, now.size)
      }),
      { seed: SEED, numRuns: RUNS / 5 },
    )
  })
}
