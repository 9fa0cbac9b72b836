import test, { type ExecutionContext } from 'ava'
import { describeModel } from '../../tenants/model/describe/describe.ts'
import { scratchDirectory, startGateway } from '../gateway/process.ts'
import { clientAt, startTestGateway } from '../support/gateway.ts'
import { type MetadataClient, metadataOf } from '../support/metadata.ts'
import { objectIn } from '../support/model.ts'
import { until } from '../support/until.ts'

const CHANGES = Number(process.env.KILLED_CHANGES ?? 120)
/** Answered changes at which the gateway is killed; then another one starts. The last goes on to the end. */
const KILLED_AT = [Math.floor(CHANGES / 3), Math.floor((2 * CHANGES) / 3)]
const WORKERS = 3
const FIELDS = 12

/** Types, sequences and rows of the registry that belong to nothing, and what is not valid. */
const LEFTOVERS = `
  select 'type ' || t.typname as thing from pg_type t join pg_namespace n on n.oid = t.typnamespace
  where n.nspname = $1 and t.typtype = 'e'
    and not exists (select from pg_attribute a where a.atttypid in (t.oid, t.typarray) and not a.attisdropped)
  union all
  select 'sequence ' || c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace
  where n.nspname = $1 and c.relkind = 'S'
    and not exists (select from pg_depend d where d.objid = c.oid and d.classid = 'pg_class'::regclass and d.deptype = 'a')
  union all
  select 'object ' || o.table_name from tenantry.objects o join tenantry.workspaces w on w.id = o.workspace_id
  where w.schema_name = $1 and not exists (
    select from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where n.nspname = $1 and c.oid = o.table_oid and c.relname = o.table_name)
  union all
  select 'field ' || f.column_name from tenantry.fields f join tenantry.objects o on o.id = f.object_id
  join tenantry.workspaces w on w.id = o.workspace_id
  where w.schema_name = $1 and not exists (
    select from pg_attribute a where a.attrelid = o.table_oid and a.attnum = f.column_number and not a.attisdropped)
  union all
  select 'index ' || i.indexrelid::regclass from pg_index i join pg_class c on c.oid = i.indexrelid
  join pg_namespace n on n.oid = c.relnamespace where n.nspname = $1 and not i.indisvalid
  union all
  select 'constraint ' || k.conname from pg_constraint k join pg_namespace n on n.oid = k.connamespace
  where n.nspname = $1 and not k.convalidated`

interface Answered {
  readonly objects: Set<string>
  /** `<object>.<field>`, by the name it has last. */
  readonly fields: Set<string>
  count: number
}

/** An object with a relation whose column is renamed, and fields with an enum each; then the next one. */
const changeOn = async (
  metadata: MetadataClient,
  answered: Answered,
  person: string,
  nameOf: () => string,
): Promise<void> => {
  const isOver = (): boolean => answered.count >= CHANGES
  while (!isOver()) {
    const name = nameOf()
    const objectMetadataId = await metadata.createObject(name)
    answered.objects.add(name)
    answered.count += 1
    const owner = await metadata.createField({
      objectMetadataId,
      type: 'RELATION',
      name: 'owner',
      label: 'Owner',
      relationCreationPayload: {
        targetObjectMetadataId: person,
        targetFieldLabel: `Owned ${name}`,
        targetFieldIcon: 'IconUser',
        type: 'MANY_TO_ONE',
      },
    })
    answered.fields.add(`${name}.owner`)
    answered.count += 1
    await metadata.ask(
      'mutation ($id: UUID!) { updateOneField(input: { id: $id, update: { name: "pilot", label: "Pilot" } }) { id } }',
      { id: owner },
    )
    answered.fields.delete(`${name}.owner`)
    answered.fields.add(`${name}.pilot`)
    answered.count += 1
    for (let number = 1; number <= FIELDS && !isOver(); number += 1) {
      const options = [{ value: 'ON', label: 'On', position: 0, color: 'green' }]
      const field = `state${number}`
      await metadata.createField({ objectMetadataId, type: 'SELECT', name: field, label: field, options })
      answered.fields.add(`${name}.${field}`)
      answered.count += 1
    }
  }
}

test('a gateway that is killed in the middle of 200 changes, again and again, leaves nothing half-made', async (t: ExecutionContext) => {
  t.timeout(240_000, 'Three gateways start and end.')
  const survivor = await startTestGateway()
  t.teardown(survivor.close)
  const { pool } = survivor.gateway
  const client = await survivor.enter()
  const { workspace } = client
  const person = await metadataOf(client).objectId('person')
  await metadataOf(client).createObject('reference')
  const fieldsOf = async (object: string): Promise<readonly string[]> =>
    objectIn(await describeModel(pool, workspace.id), object).fields.map(({ name }) => name)
  const whole = await fieldsOf('reference')

  const check = async (answered: Answered): Promise<void> => {
    const { rows } = await pool.query<{ thing: string }>(LEFTOVERS, [workspace.schemaName])
    t.deepEqual(rows, [])
    const model = await describeModel(pool, workspace.id)
    const things = model.objects.filter(({ nameSingular }) => nameSingular.startsWith('thing'))
    for (const { nameSingular, fields } of things) {
      const names = new Set(fields.map(({ name }) => name))
      t.deepEqual(
        whole.filter((name) => !names.has(name)),
        [],
        nameSingular,
      )
    }
    const objects = new Set(things.map(({ nameSingular }) => nameSingular))
    t.deepEqual(
      [...answered.objects].filter((name) => !objects.has(name)),
      [],
      'what was answered is there',
    )
    const fields = new Set(
      things.flatMap(({ nameSingular, fields: own }) => own.map(({ name }) => `${nameSingular}.${name}`)),
    )
    // A rename that was done and not answered is both.
    t.deepEqual(
      [...answered.fields].filter(
        (name) =>
          !fields.has(name) && !(name.endsWith('.owner') && fields.has(name.replace('owner', 'pilot'))),
      ),
      [],
    )
  }

  const answered: Answered = { objects: new Set(), fields: new Set(), count: 0 }
  const environment = {
    DATABASE_URL: survivor.database.ownerUrl,
    SECRET_KEY: survivor.database.secretKey,
    DATA_DIR: await scratchDirectory(t),
    API_RATE_LIMIT_PER_MINUTE: '1000000',
  }
  let names = 0
  const nameOf = (): string => {
    names += 1
    return `thing${names}`
  }
  for (const killedAt of [...KILLED_AT, null]) {
    const gateway = startGateway(t, environment)
    const metadata = metadataOf(clientAt(await gateway.url(), client))
    const working = Promise.allSettled(
      Array.from({ length: WORKERS }, () => changeOn(metadata, answered, person, nameOf)),
    )
    if (killedAt === null) {
      t.deepEqual(
        (await working).filter(({ status }) => status === 'rejected'),
        [],
      )
    } else {
      let isKilled = false
      const early = working.then((ended) => {
        if (!isKilled)
          throw new Error(
            `The changes ended early: ${JSON.stringify(ended.map((each) => (each.status === 'rejected' ? String(each.reason) : each.status)))}`,
          )
      })
      await Promise.race([
        early,
        until(`${killedAt} changes are answered`, () => answered.count >= killedAt, 120_000),
      ])
      isKilled = true
      gateway.signal('SIGKILL')
      t.true((await working).every(({ status }) => status === 'rejected'))
    }
    await check(answered)
  }
  t.true(answered.count >= CHANGES)
  for (const name of [...answered.objects].slice(-3)) {
    t.is((await client.request('POST', `/rest/${name}s`, { name: 'whole' })).status, 201)
  }
})
