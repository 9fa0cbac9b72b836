// An open transaction of psql that has changed tables of a workspace holds its lock. Changes of this workspace
// wait, and then fail with the reason; changes of others do not.

import test from 'ava'
import { createOwnerPool } from '../../sql/ownerPool.ts'
import { quoteIdentifier } from '../../sql/placeholder.ts'
import { type Client, startTestGateway } from '../support/gateway.ts'

const gateway = await startTestGateway()
const hand = createOwnerPool(gateway.database.ownerUrl, { size: 1 })
test.after.always(async () => {
  await hand.end()
  await gateway.close()
})

const metadata = (client: Client, query: string) => client.request('POST', '/metadata', { query })

/** Requests that change what the control schema has of a workspace. */
const changesOf = async (client: Client, name: string) => {
  const { body } = await metadata(client, '{ getRoles { id label } }')
  const roleId: string = body.data.getRoles[0].id
  return [
    () =>
      metadata(
        client,
        `mutation { createApiKey(input: { name: "${name}", expiresAt: "2090-01-01", roleId: "${roleId}" }) { id } }`,
      ),
    () =>
      metadata(
        client,
        `mutation { createWebhook(input: { targetUrl: "https://example.com/${name}", operations: ["*.*"] }) { id } }`,
      ),
    () => metadata(client, `mutation { updateWorkspace(data: { displayName: "${name}" }) { displayName } }`),
    () =>
      client.request('POST', '/rest/metadata/objects', {
        ...{
          nameSingular: `${name}Thing`,
          namePlural: `${name}Things`,
          labelSingular: name,
          labelPlural: `${name}s`,
        },
      }),
  ]
}

const outcomeOf = ({ status, body }: { readonly status: number; readonly body: unknown }): string =>
  `${status} ${JSON.stringify(body).slice(0, 300)}`

const succeeded = ({
  status,
  body,
}: {
  readonly status: number
  readonly body: { errors?: unknown }
}): boolean => status < 300 && body.errors === undefined

test('a workspace whose lock is held holds up no other, and its changes end with the reason', async (t) => {
  const held = await gateway.enter()
  const other = await gateway.enter()
  const heldChanges = (await Promise.all([1, 2, 3, 4].map((n) => changesOf(held, `held${n}`)))).flat()
  const [makeObject = t.fail] = (await changesOf(held, 'late')).slice(-1)
  const otherChanges = await changesOf(other, 'other')
  const psql = await hand.connect()
  const open = (table: string) =>
    psql.query(
      `begin; create table ${quoteIdentifier(held.workspace.schemaName)}.${table} (id integer primary key)`,
    )
  try {
    await open('by_hand')
    let answered = 0
    const waiting = heldChanges.map(async (change) => {
      const answer = await change()
      answered += 1
      return answer
    })
    for (const change of otherChanges) {
      const answer = await change()
      t.true(succeeded(answer), outcomeOf(answer))
      t.is(answered, 0, 'the other workspace waited until a request had given up')
    }
    await psql.query('commit')
    for (const answer of await Promise.all(waiting)) t.true(succeeded(answer), outcomeOf(answer))

    await open('by_hand_again')
    const refused = await makeObject()
    t.is(refused?.status, 409)
    t.regex(refused?.body.messages[0], /^Another transaction is changing the workspace/)
    await psql.query('rollback')
    const made = await makeObject()
    t.is(made?.status, 201)
  } finally {
    psql.release(true)
  }
})
