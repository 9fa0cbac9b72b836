// Each rule of the data model that the contract has a sentence for, broken over both metadata APIs.

import test from 'ava'
import { type Client, startTestGateway, type TestGateway } from '../support/gateway.ts'
import { metadataOf } from '../support/metadata.ts'
import { MODEL, type ModelRow } from './errorModel.ts'

let server: TestGateway
let client: Client
const ids = new Map<string, string>()

test.before(async () => {
  server = await startTestGateway()
  client = await server.enter()
  const { body } = await client.get('/rest/metadata/objects?limit=200')
  for (const { nameSingular, id, fields } of body.data.objects) {
    ids.set(`$${nameSingular}`, id)
    for (const field of fields) ids.set(`$${nameSingular}.${field.name}`, field.id)
  }
})
test.after.always(() => server?.close())

const withIds = (value: unknown): unknown =>
  JSON.parse(JSON.stringify(value ?? {}), (_, each: unknown) =>
    typeof each === 'string' ? (ids.get(each) ?? each) : each,
  )

const capitalised = (name: string): string => name.charAt(0).toUpperCase() + name.slice(1)

const askGraphQL = ({ change, of, id, input }: ModelRow) => {
  const name = `${change}One${capitalised(of)}`
  const type =
    of === 'field' && change !== 'delete'
      ? `${capitalised(change)}OneFieldMetadataInput`
      : `${capitalised(name)}Input`
  const given = withIds(input)
  const wanted =
    change === 'create'
      ? { [of]: given }
      : { id: withIds(id), ...(change === 'update' ? { update: given } : {}) }
  return metadataOf(client).raw(`mutation ($input: ${type}!) { ${name}(input: $input) { id } }`, {
    input: wanted,
  })
}

const METHODS = { create: 'POST', update: 'PATCH', delete: 'DELETE' } as const

const askRest = ({ change, of, id, input }: ModelRow) =>
  client.request(
    METHODS[change],
    `/rest/metadata/${of}s${id === undefined ? '' : `/${withIds(id)}`}`,
    change === 'delete' ? undefined : withIds(input),
  )

/** What is there of the model before and after. */
const model = async (): Promise<unknown> => (await client.get('/rest/metadata/objects?limit=200')).body

for (const row of MODEL)
  test(`${row.what} is refused with the contract's message`, async (t) => {
    const { body, text } = await askGraphQL(row)
    const [error] = body.errors ?? []
    t.is(error?.extensions.code, row.code ?? 'METADATA_VALIDATION_FAILED', text)
    t.is(error.extensions.userFriendlyMessage, row.text, text)
    t.is(error.extensions.summary.totalErrors, 1, text)
    if (row.of === 'index') return
    const rest = await askRest(row)
    t.is(rest.status, row.status ?? 400, rest.text)
    if (row.code === undefined) t.is(rest.body.error, 'METADATA_VALIDATION_ERROR')
    t.true(rest.body.messages.includes(row.text), rest.text)
  })

test.serial('none of them changes the model', async (t) => {
  const before = await model()
  for (const row of MODEL) await askGraphQL(row)
  t.deepEqual(await model(), before)
})
