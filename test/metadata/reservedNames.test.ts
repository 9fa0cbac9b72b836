// Reserved names over every entry point. The test does not expect a particular outcome: an accepted name
// works over REST and GraphQL, a refused one leaves nothing behind, and the dry run agrees with the run.

import test, { type ExecutionContext } from 'ava'
import { toTypeName } from '../../tenants/model/name.ts'
import { pluralOf, singularOf } from '../../tenants/model/number.ts'
import {
  CONTRACT_WORDS,
  FIELD_TYPES,
  GENERATED_ENDINGS,
  OBJECT_TYPES,
  RESERVED_FIELDS,
  REST_PATHS,
  ROOT_FIELDS,
  SHARED_TYPES,
} from '../../tenants/model/reserved.ts'
import { type Client, startTestGateway, type TestGateway } from '../support/gateway.ts'
import { type Change, ENTRY_POINTS, type Names } from './entryPoints.ts'

/** Every how many of the trials is made; 1: all. */
const STEP = Number(process.env.NAMES_STEP ?? 1)

let server: TestGateway

test.before(async () => {
  server = await startTestGateway()
})
test.after.always(() => server?.close())

const lowered = (type: string): string => type.charAt(0).toLowerCase() + type.slice(1)

/** Names whose types would be a shared one. */
const stemsOf = (type: string): readonly string[] =>
  [...OBJECT_TYPES, ...FIELD_TYPES].flatMap((suffix) =>
    suffix !== '' && type.endsWith(suffix) && type !== suffix ? [lowered(type.slice(0, -suffix.length))] : [],
  )

const CLASSES: Readonly<Record<string, readonly string[]>> = {
  'shared types': [...SHARED_TYPES].map(lowered),
  'stems of shared types': [...new Set([...SHARED_TYPES].flatMap(stemsOf))],
  'words of the contract': [...CONTRACT_WORDS],
  'words of the grammar': RESERVED_FIELDS,
  'paths and root fields': [...REST_PATHS, ...ROOT_FIELDS],
  'names that end like generated types': [...new Set([...GENERATED_ENDINGS, ...OBJECT_TYPES, ...FIELD_TYPES])]
    .filter((ending) => ending !== '')
    .flatMap((ending) => [`rocket${ending}`, lowered(ending)]),
  'names that tables step aside to': [
    'actorRecord',
    'rocketFilterRecord',
    'searchRecordRecord',
    'newsItem',
    'rocketNamesake2',
  ],
}

const FORMS: readonly ((word: string) => Names)[] = [
  (word) => ({ nameSingular: word, namePlural: `${word}Things` }),
  (word) => ({ nameSingular: `${word}Thing`, namePlural: word }),
  (word) => ({ nameSingular: singularOf(word), namePlural: pluralOf(word) }),
]

const COMBINATIONS = Object.entries(ENTRY_POINTS).flatMap(([entry, send]) =>
  FORMS.flatMap((form) =>
    (['createObject', 'renameObject'] as const).map((kind) => ({ entry, send, form, kind })),
  ),
)

/** Everything that a change may leave behind in the schema. */
const leftIn = async ({ workspace }: Client): Promise<string> => {
  const { rows } = await server.database.pool.query(
    `select kind, name from (
      select 'relation ' || relkind::text as kind, relname::text as name, relnamespace as schema from pg_class
      union all select 'type', typname::text, typnamespace from pg_type
      union all select 'column', attrelid::regclass || '.' || attname, relnamespace
        from pg_attribute join pg_class on pg_class.oid = attrelid where not attisdropped
      union all select 'constraint', conname::text, connamespace from pg_constraint
    ) as things where schema = $1::regnamespace order by kind, name`,
    [JSON.stringify(workspace.schemaName).replaceAll('\\"', '""')],
  )
  return JSON.stringify(rows)
}

const worksOnBoth = async (
  t: ExecutionContext,
  client: Client,
  { nameSingular, namePlural }: Names,
  what: string,
) => {
  const type = toTypeName(nameSingular)
  const made = await client.request('POST', `/rest/${namePlural}`, {})
  t.is(made.status, 201, `${what}: ${made.text}`)
  const id = made.body.data[`create${type}`]?.id
  const read = await client.get(`/rest/${namePlural}/${id}`)
  t.is(read.body.data?.[nameSingular]?.id, id, `${what}: ${read.text}`)
  const { body, text } = await client.graphql(
    `query ($id: UUID!) {
      one: ${nameSingular}(filter: { id: { eq: $id } }) { id __typename }
      all: ${namePlural}(orderBy: [{ id: AscNullsLast }]) { edges { node { id } } }
    }`,
    { id },
  )
  t.deepEqual(body.data?.one, { id, __typename: type }, `${what}: ${text}`)
  t.is(body.data.all.edges[0].node.id, id)
  const gone = await client.graphql(`mutation ($id: UUID!) { destroy${type}(id: $id) { id } }`, { id })
  t.is(gone.body.data?.[`destroy${type}`]?.id, id, `${what}: ${gone.text}`)
}

const PROBE: Names = { nameSingular: 'probe', namePlural: 'probes' }

const enterWithProbe = async (): Promise<Client> => {
  const client = await server.enter('Reserved', { standardObjects: false })
  const { REST } = ENTRY_POINTS
  await REST?.(client, { kind: 'createObject', names: PROBE }, false)
  await REST?.(client, { kind: 'createField', object: 'probe', field: { name: 'text' } }, false)
  return client
}

/**
 * The dry run of every entry point, the run, and what is there afterwards.
 * @returns whether the change was made
 */
const attempt = async (
  t: ExecutionContext,
  client: Client,
  entry: string,
  change: Change,
  before: string,
  isSameEverywhere = true,
): Promise<boolean> => {
  const send = ENTRY_POINTS[entry]
  if (send === undefined) throw new Error(`There is no entry point ${entry}.`)
  const what = `${entry} ${JSON.stringify(change)}`
  const dry = await send(client, change, true)
  t.not(dry.outcome, 'failed', `${what}: ${dry.text}`)
  for (const [name, other] of Object.entries(ENTRY_POINTS))
    if (other !== send && isSameEverywhere) {
      const { outcome, text } = await other(client, change, true)
      t.is(outcome, dry.outcome, `${name} and ${what}: ${text} / ${dry.text}`)
    }
  const run = await send(client, change, false)
  t.is(run.outcome, dry.outcome, `${what}: ${dry.text} / ${run.text}`)
  if (run.outcome === 'refused') t.is(await leftIn(client), before, what)
  return run.outcome === 'made'
}

for (const [title, words] of Object.entries(CLASSES))
  test(`objects: ${title}`, async (t) => {
    t.timeout(300_000)
    const client = await enterWithProbe()
    const before = await leftIn(client)
    const trials = Math.max(words.length, COMBINATIONS.length)
    let made = 0
    for (let trial = 0; trial < trials; trial += STEP) {
      const word = words[trial % words.length] ?? ''
      const { entry, form, kind } =
        COMBINATIONS[(trial + Math.floor(trial / words.length)) % COMBINATIONS.length] ?? t.fail()
      const names = form(word)
      const change: Change =
        kind === 'createObject' ? { kind, names } : { kind, from: PROBE.nameSingular, names }
      if (!(await attempt(t, client, entry, change, before))) continue
      made += 1
      const what = `${entry} ${kind} ${word}`
      await worksOnBoth(t, client, names, what)
      const undone =
        kind === 'createObject'
          ? await client.request('DELETE', `/rest/metadata/objects/${names.nameSingular}`)
          : await client.request('PATCH', `/rest/metadata/objects/${names.nameSingular}`, PROBE)
      t.is(undone.status, 200, `${what}: ${undone.text}`)
      t.is(await leftIn(client), before, `${what} is undone`)
    }
    await worksOnBoth(t, client, PROBE, 'afterwards')
    t.log(`${Math.ceil(trials / STEP)} changes, ${made} made`)
  })

const SYSTEM_COLUMNS = ['tableoid', 'xmin', 'cmin', 'xmax', 'cmax', 'ctid']
const OWN = ['id', 'createdAt', 'deletedAt', 'position', 'searchVector', 'createdBy', 'name', 'text']

const FIELD_CLASSES: Readonly<Record<string, readonly string[]>> = {
  'words of the grammar': [...RESERVED_FIELDS, ...RESERVED_FIELDS.map((word) => `${word}Value`), 'in', 'is'],
  'words of the contract': [...CONTRACT_WORDS],
  'columns of Postgres and of every object': [...SYSTEM_COLUMNS, ...OWN],
}

const FIELD_FORMS: readonly ((word: string) => Change)[] = [
  (word) => ({ kind: 'createField', object: 'probe', field: { name: word } }),
  (word) => ({ kind: 'renameField', object: 'probe', from: 'text', name: word }),
  (word) => ({ kind: 'createField', object: 'probe', field: { name: word, inverse: 'theOthers' } }),
  (word) => ({ kind: 'createField', object: 'probe', field: { name: `${word}Link`, inverse: word } }),
]

const FIELD_COMBINATIONS = Object.keys(ENTRY_POINTS).flatMap((entry) =>
  FIELD_FORMS.map((form) => ({ entry, form })),
)

const namesOfFields = async (client: Client): Promise<readonly string[]> =>
  (await client.get('/rest/metadata/objects/probe')).body.data.object.fields.map(
    ({ name }: { name: string }) => name,
  )

const valueWorks = async (t: ExecutionContext, client: Client, name: string, what: string) => {
  const made = await client.request('POST', '/rest/probes', { [name]: 'x' })
  t.is(made.status, 201, `${what}: ${made.text}`)
  const read = await client.get(`/rest/probes?filter=${name}[eq]:x&order_by=${name}&fields=${name}`)
  t.is(read.body.data?.probes?.[0]?.[name], 'x', `${what}: ${read.text}`)
  const { body, text } = await client.graphql(
    `mutation { updateProbes(filter: { ${name}: { eq: "x" } }, data: { ${name}: "y" }) { ${name} } }`,
  )
  t.is(body.data?.updateProbes?.[0]?.[name], 'y', `${what}: ${text}`)
}

const relationWorks = async (
  t: ExecutionContext,
  client: Client,
  [name = '', inverse = '']: readonly string[],
  what: string,
) => {
  const one = await client.request('POST', '/rest/probes', {})
  const { id } = one.body.data.createProbe
  const made = await client.request('POST', '/rest/probes', { [`${name}Id`]: id })
  t.is(made.status, 201, `${what}: ${made.text}`)
  const read = await client.get(`/rest/probes?filter=${name}.id[eq]:${id}&depth=1`)
  t.is(read.body.data?.probes?.[0]?.[name]?.id, id, `${what}: ${read.text}`)
  const { body, text } = await client.graphql(
    `{ probes(filter: { ${name}: { id: { eq: "${id}" } } }) {
      edges { node { ${name} { ${inverse} { edges { node { id } } } } } }
    } }`,
  )
  const [found] = body.data?.probes?.edges?.[0]?.node?.[name]?.[inverse]?.edges ?? []
  t.is(found?.node.id, made.body.data.createProbe.id, `${what}: ${text}`)
}

for (const [title, words] of Object.entries(FIELD_CLASSES))
  test(`fields: ${title}`, async (t) => {
    t.timeout(300_000)
    const client = await enterWithProbe()
    const before = await leftIn(client)
    const known = await namesOfFields(client)
    const trials = Math.max(words.length, FIELD_COMBINATIONS.length)
    let made = 0
    for (let trial = 0; trial < trials; trial += STEP) {
      const word = words[trial % words.length] ?? ''
      const { entry, form } =
        FIELD_COMBINATIONS[(trial + Math.floor(trial / words.length)) % FIELD_COMBINATIONS.length] ?? t.fail()
      const change = form(word)
      // Documents name the other side of a relation, which is otherwise called after its label; and they
      // carry words of the contract, which standard objects and tables made in SQL have for fields
      // (`company.address`).
      const isRelation = change.kind === 'createField' && change.field.inverse !== undefined
      if (!(await attempt(t, client, entry, change, before, !isRelation && !CONTRACT_WORDS.has(word))))
        continue
      made += 1
      const what = `${entry} ${JSON.stringify(change)}`
      const more = (await namesOfFields(client)).filter((name) => !known.includes(name))
      if (isRelation) {
        const own = change.field.name
        await relationWorks(
          t,
          client,
          [own, ...more.filter((name) => ![own, `${own}Id`].includes(name))],
          what,
        )
      } else await valueWorks(t, client, word, what)
      const undone =
        change.kind === 'renameField'
          ? await client.request('PATCH', `/rest/metadata/fields/probe.${word}`, { name: 'text' })
          : await client.request(
              'DELETE',
              `/rest/metadata/fields/probe.${isRelation ? change.field.name : word}`,
            )
      t.is(undone.status, 200, `${what}: ${undone.text}`)
    }
    await valueWorks(t, client, 'text', 'afterwards')
    t.log(`${Math.ceil(trials / STEP)} changes, ${made} made`)
  })
