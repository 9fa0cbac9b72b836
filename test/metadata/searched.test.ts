// A field asks its object whether it is searched. The work of a model is that of its fields, each once.

import test from 'ava'
import { startTestGateway } from '../support/gateway.ts'
import { metadataOf } from '../support/metadata.ts'
import { countCalls } from '../support/work.ts'

const gateway = await startTestGateway()
test.after.always(() => gateway.close())

const COLUMNS = 400
const ASKED = `{ objects(paging: { first: 10 }) { edges { node { nameSingular
  fieldsList { name isSearchable } searchFieldMetadataList { position } } } } }`

interface Asked {
  readonly objects: {
    readonly edges: readonly {
      readonly node: {
        readonly nameSingular: string
        readonly fieldsList: readonly { readonly isSearchable: boolean }[]
        readonly searchFieldMetadataList: readonly { readonly position: number }[]
      }
    }[]
  }
}

test('whether fields are searched takes the work of each field once', async (t) => {
  const client = await gateway.enter('Wide', { standardObjects: false })
  const columns = Array.from({ length: COLUMNS }, (_, at) => `value_${at} text`).join(', ')
  const words = Array.from({ length: COLUMNS / 2 }, (_, at) => `coalesce(value_${2 * at}, '')`).join(
    " || ' ' || ",
  )
  await gateway.gateway.pool.query(
    `create table ${client.workspace.schemaName}.wide (id uuid primary key default gen_random_uuid(), ${columns},
       words tsvector generated always as (to_tsvector('simple', ${words})) stored)`,
  )
  const metadata = metadataOf(client)
  const ask = (): Promise<Asked> => metadata.ask(ASKED)
  const wide = async () => (await ask()).objects.edges.find(({ node }) => node.nameSingular === 'wide')?.node
  const node = await wide()
  const fields = node?.fieldsList ?? []
  t.true(fields.length > COLUMNS)
  t.is(fields.filter(({ isSearchable }) => isSearchable).length, COLUMNS / 2)
  t.is(node?.searchFieldMetadataList.length, COLUMNS / 2)
  const calls = await countCalls('/gateway/metadata/model/searchField.ts', ask)
  t.true(calls >= fields.length && calls < 10 * fields.length, `${calls} calls for ${fields.length} fields`)
})
