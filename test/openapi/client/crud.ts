// A program of a user: creates, reads, changes and deletes people through the client that was generated from
// the document. Run by test/openapi/client.test.ts, which generates `schema.ts` beside a copy of this file.

import createClient from 'openapi-fetch'
import type { components, paths } from './schema.ts'

type Person = components['schemas']['PersonForResponse']

const [baseUrl = '', token = ''] = process.argv.slice(2)
const client = createClient<paths>({ baseUrl, headers: { authorization: `Bearer ${token}` } })

const created = await client.POST('/people', {
  params: { query: { depth: 1 }, header: { 'Idempotency-Key': 'once' } },
  body: { name: { firstName: 'Ada', lastName: "O'Neill" }, emails: { primaryEmail: 'Ada@Example.com' } },
})
if (created.data === undefined) throw new Error(JSON.stringify(created.error))
const person: Person = created.data.data.createPerson

const list = await client.GET('/people', {
  params: {
    query: {
      filter: 'name.firstName[eq]:Ada',
      order_by: 'createdAt[DescNullsLast]',
      limit: 5,
      fields: 'name,emails',
    },
  },
})
const found = list.data?.data.people[0]

const opportunity = await client.POST('/opportunities', {
  body: {
    name: 'Big',
    stage: 'MEETING',
    amount: { amountMicros: '1000000', currencyCode: 'EUR' },
    pointOfContactId: person.id,
  },
})
const stage: components['schemas']['OpportunityStage'] | undefined =
  opportunity.data?.data.createOpportunity.stage

const changed = await client.PATCH('/people/{id}', {
  params: { path: { id: person.id } },
  body: { jobTitle: 'Countess' },
})

// Documents accept any content.
const activity = await client.POST('/timelineActivities', {
  body: { name: 'company.updated', properties: { diff: { employees: { before: 1, after: 2 } } } },
})
if (activity.data === undefined) throw new Error(JSON.stringify(activity.error))

const refused = await client.GET('/people/{id}', {
  params: { path: { id: '018f0000-0000-7000-8000-000000000000' } },
})
const status: 404 | number | undefined = refused.error?.statusCode

const gone = await client.DELETE('/people/{id}', {
  params: { path: { id: person.id }, query: { soft_delete: true } },
})

// Values missing from the document are refused before they are sent.
// @ts-expect-error: there is no such stage
const wrongStage: components['schemas']['OpportunityStage'] = 'NONSENSE'
// @ts-expect-error: there is no such path
const wrongPath: keyof paths = '/nonsense'
// @ts-expect-error: a record has no such field
const wrongField: keyof components['schemas']['Person'] = 'nonsense'

process.stdout.write(
  JSON.stringify({
    email: person.emails?.primaryEmail,
    company: person.company,
    found: found?.name?.lastName,
    total: list.data?.totalCount,
    stage,
    jobTitle: changed.data?.data.updatePerson.jobTitle,
    status,
    deleted: gone.data?.data.deletePerson.id === person.id,
    wrong: [wrongStage, wrongPath, wrongField].length,
  }),
)
