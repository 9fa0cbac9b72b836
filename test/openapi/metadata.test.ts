// The metadata API answers as its document describes.

import test from 'ava'
import { type Answer, ask, startTestGateway, type TestGateway } from '../support/gateway.ts'
import { metadataOf } from '../support/metadata.ts'
import type { Json } from './contract.ts'
import { MISSING, replayOf } from './replay.ts'

let server: TestGateway

test.before(async () => {
  server = await startTestGateway()
})
test.after.always(() => server?.close())

for (const format of ['legacy', 'flat'])
  test(`the ${format} metadata API answers as documented`, async (t) => {
    const client = await server.enter()
    if (format === 'flat')
      await metadataOf(client).ask(
        'mutation { updateWorkspace(data: { restMetadataFormat: "flat" }) { id } }',
      )
    const { contract, document, send } = await replayOf(t, client, 'metadata')
    const bodyOf = (operation: Json): Json => operation.requestBody.content['application/json'].example
    const root = '/rest/metadata'
    const idOf = ({ body }: Answer): string => body.id ?? Object.values<Json>(body.data)[0].id
    const rocket = bodyOf(document.paths['/objects'].post)
    t.is((await send('POST', `${root}/objects?dry_run=true`, rocket)).status, 200)
    const objectId = idOf(await send('POST', `${root}/objects`, rocket))
    await send('POST', `${root}/objects`, rocket)
    await send('POST', `${root}/objects`, {})
    await send('POST', `${root}/objects`, { ...rocket, nameSingular: '1 x', namePlural: '1 x' })
    const field = { ...bodyOf(document.paths['/fields'].post), objectMetadataId: objectId }
    const fieldId = idOf(await send('POST', `${root}/fields`, field))
    await send('POST', `${root}/fields`, field)
    await send('POST', `${root}/fields`, { ...field, type: 'NONSENSE' })
    await send('POST', `${root}/fields`, { ...field, objectMetadataId: MISSING, name: 'other' })
    for (const collection of ['objects', 'fields']) {
      await send('GET', `${root}/${collection}`)
      const { pageInfo } = (await send('GET', `${root}/${collection}?limit=2`)).body
      await send('GET', `${root}/${collection}?limit=1000&starting_after=${pageInfo.endCursor}`)
      await send('GET', `${root}/${collection}?starting_after=x`)
      await send('GET', `${root}/${collection}/${MISSING}`)
    }
    await send('GET', `${root}/fields?objectMetadataId=${objectId}&isActive=true`)
    await send('GET', `${root}/fields?isActive=x`)
    await send('GET', `${root}/objects/companies`)
    await send('GET', `${root}/fields/person.company`)
    await send('PATCH', `${root}/objects/${objectId}`, bodyOf(document.paths['/objects/{id}'].patch))
    await send('PATCH', `${root}/objects/${objectId}?dry_run=true`, {
      namePlural: 'missiles',
      nameSingular: 'missile',
    })
    await send('PATCH', `${root}/fields/${fieldId}`, bodyOf(document.paths['/fields/{id}'].patch))
    await send('PATCH', `${root}/fields/${fieldId}`, { nonsense: true })
    await send('DELETE', `${root}/fields/${fieldId}?dry_run=true`)
    await send('DELETE', `${root}/fields/${fieldId}`)
    await send('DELETE', `${root}/objects/${objectId}`)
    await send('DELETE', `${root}/objects/${objectId}`)
    const anonymous = await ask(`${server.url}${root}/objects`, 'GET')
    t.deepEqual(contract.check({ method: 'GET', target: `${root}/objects`, answer: anonymous }), [])
  })

test('keys and roles are answered as documented', async (t) => {
  const client = await server.enter()
  const { contract, document, send } = await replayOf(t, client, 'metadata')
  const root = '/rest/metadata'
  const exampleOf = (verb: string, path: string): Json =>
    document.paths[path][verb].requestBody.content['application/json'].example
  const roles: Json[] = (await send('GET', `${root}/roles`)).body
  const admin = roles.find(({ label }) => label === 'Admin')
  const role = (
    await send('POST', `${root}/roles`, { ...exampleOf('post', '/roles'), canBeAssignedToApiKeys: true })
  ).body
  await send('POST', `${root}/roles`, exampleOf('post', '/roles'))
  await send('POST', `${root}/roles`, {})
  await send('PATCH', `${root}/roles/${role.id}`, exampleOf('patch', '/roles/{id}'))
  await send('PATCH', `${root}/roles/${admin.id}`, { label: 'Mine' })
  await send('PATCH', `${root}/roles/${MISSING}`, {})
  const metadata = metadataOf(client)
  const objectMetadataId = await metadata.objectId('company')
  const object = (await client.get(`${root}/objects/company`)).body.data.object
  const fieldMetadataId = object.fields.find(({ name }: Json) => name === 'name').id
  const closed = { objectMetadataId, canReadObjectRecords: true, canUpdateObjectRecords: false }
  await send('PUT', `${root}/roles/${role.id}/objectPermissions`, { objectPermissions: [closed] })
  await send(
    'PUT',
    `${root}/roles/${role.id}/objectPermissions`,
    exampleOf('put', '/roles/{id}/objectPermissions'),
  )
  const hidden = { objectMetadataId, fieldMetadataId, canReadFieldValue: false }
  await send('PUT', `${root}/roles/${role.id}/fieldPermissions`, { fieldPermissions: [hidden] })
  await send(
    'PUT',
    `${root}/roles/${role.id}/permissionFlags`,
    exampleOf('put', '/roles/{id}/permissionFlags'),
  )
  await send('PUT', `${root}/roles/${role.id}/permissionFlags`, { permissionFlagKeys: ['NONSENSE'] })
  await send('PUT', `${root}/roles/${role.id}/rowLevelPermissionPredicates`, {
    objectMetadataId,
    predicates: [{ fieldMetadataId, operand: 'CONTAINS', value: 'x' }],
    predicateGroups: [],
  })
  await send('PUT', `${root}/roles/${role.id}/rowLevelPermissionPredicates`, { objectMetadataId })
  t.is((await send('GET', `${root}/roles/${role.id}`)).body.rowLevelPermissionPredicates.length, 1)
  await send('GET', `${root}/roles/${MISSING}`)

  const made = { ...exampleOf('post', '/apiKeys'), roleId: role.id }
  const key = (await send('POST', `${root}/apiKeys`, made)).body
  t.truthy(key.token)
  await send('POST', `${root}/apiKeys`, exampleOf('post', '/apiKeys'))
  await send('POST', `${root}/apiKeys`, { ...made, expiresAt: 'soon' })
  await send('GET', `${root}/apiKeys`)
  await send('GET', `${root}/apiKeys?include_revoked=true`)
  await send('GET', `${root}/apiKeys/${key.id}`)
  await send('GET', `${root}/apiKeys/${MISSING}`)
  await send('PATCH', `${root}/apiKeys/${key.id}`, exampleOf('patch', '/apiKeys/{id}'))
  await send('POST', `${root}/apiKeys/${key.id}/token`)
  await send('POST', `${root}/apiKeys/${key.id}/token`, { expiresAt: '2029-01-01T00:00:00Z' })
  await send('GET', `${root}/roles/${role.id}`)
  await send('DELETE', `${root}/roles/${role.id}`)
  await send('DELETE', `${root}/apiKeys/${key.id}`)
  await send('DELETE', `${root}/apiKeys/${key.id}?permanent=true`)
  await send('DELETE', `${root}/apiKeys/${key.id}`)
  await send('DELETE', `${root}/roles/${role.id}`)
  const operations = Object.entries<Json>(document.paths).flatMap(([path, item]) =>
    Object.keys(item).flatMap((verb) =>
      /^.(apiKeys|roles)/.test(path) && verb !== 'parameters' ? [`${verb} ${path}`] : [],
    ),
  )
  t.deepEqual(
    operations.filter((name) => ![...(contract.seen.get(name) ?? [])].some((status) => status < 300)),
    [],
  )
  const member = await server.client(client.workspace, 'Member')
  const seen = (await member.get('/rest/open-api/metadata')).body
  t.deepEqual(Object.keys(seen.paths), ['/objects', '/objects/{id}', '/fields', '/fields/{id}'])
  t.is((await member.get(`${root}/apiKeys`)).status, 403)
  t.is((await member.get(`${root}/roles`)).status, 403)
})

test('every documented property of objects and fields exists', async (t) => {
  const client = await server.enter()
  const { schemas } = (await client.get('/rest/open-api/metadata')).body.components
  const { object } = (await client.get('/rest/metadata/objects/person')).body.data
  t.deepEqual(Object.keys(object).toSorted(), Object.keys(schemas.Object.properties).toSorted())
  const optional = ['relation', 'morphRelations', 'buildState', 'buildError', 'buildProgress']
  const names = Object.keys(schemas.Field.properties).filter((name) => !optional.includes(name))
  for (const field of object.fields)
    t.deepEqual(
      Object.keys(field)
        .filter((name) => !optional.includes(name))
        .toSorted(),
      names.toSorted(),
    )
})

test('the settings of the change log are answered as documented', async (t) => {
  const client = await server.enter()
  const { contract, document, send } = await replayOf(t, client, 'metadata')
  const root = '/rest/metadata/changeLog'
  const example = document.paths['/changeLog/{object}'].patch.requestBody.content['application/json'].example
  t.is((await send('PATCH', `${root}/companies`, example)).body.history, true)
  t.is((await send('PATCH', `${root}/companies`, { capture: 1 })).status, 400)
  t.is((await send('GET', `${root}/company`)).status, 200)
  t.is((await send('GET', `${root}/rockets`)).status, 404)
  t.true((await send('GET', root)).body.length > 5)
  t.deepEqual([...(contract.seen.get('patch /changeLog/{object}') ?? [])], [200, 400])
})

test('models as documents are answered as documented', async (t) => {
  const client = await server.enter()
  const { document, send } = await replayOf(t, client, 'metadata')
  const root = '/rest/metadata/model'
  const { body: model } = await send('GET', root)
  t.is((await send('POST', `${root}/diff`, model)).body.changes.length, 0)
  const example = document.paths['/model/apply'].post.requestBody.content['application/json'].example
  t.is((await send('POST', `${root}/apply`, example)).status, 403)
  const more = { ...model, objects: [...model.objects, ...example.objects] }
  t.true((await send('POST', `${root}/diff`, more)).body.changes.length > 0)
  t.truthy((await send('POST', `${root}/apply?dry_run=true`, more)).body.dryRun)
  t.is((await send('POST', `${root}/apply`, more)).status, 200)
  const changed = structuredClone(more)
  changed.objects.at(-1).labelPlural = 'Big rockets'
  changed.objects.at(-1).fields.push({ name: 'thrust', type: 'NUMBER', settings: { dataType: 'int' } })
  await send('POST', `${root}/apply`, changed)
  await send('POST', `${root}/diff`, model)
  await send('POST', `${root}/apply?dry_run=true&allow_destructive=true`, model)
  await send('POST', `${root}/apply?allow_destructive=true`, model)
  await send('POST', `${root}/diff`, { format: 'nonsense' })
  await send('POST', `${root}/diff`, { ...model, objects: [{ nameSingular: '1' }] })
  t.is((await send('GET', root)).text, JSON.stringify(model))
})
