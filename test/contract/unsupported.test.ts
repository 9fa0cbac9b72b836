// Features of the contract that this gateway lacks return a 400 or 404 that names the feature, which spares
// callers the search for a typing error.

import test from 'ava'
import { GRAPHQL_ACCEPT, startTestGateway } from '../support/gateway.ts'

const server = await startTestGateway()
const client = await server.enter()
test.after.always(() => server.close())

const OPERATIONS: readonly (readonly [document: string, sentence: RegExp])[] = [
  ['{ getViews { id } }', /^Cannot query field "getViews" on type "Query"\. Views are not supported\.$/],
  [
    'query ($types: [ViewType!]) { getViews(viewTypes: $types) { id } }',
    /^Unknown type "ViewType"\. Views are/,
  ],
  ['{ minimalMetadata { views { id } } }', /Views are not supported/],
  ['{ findManyAgents { id } }', /AI, agents and chats are not supported/],
  ['{ findManyApplications { id } }', /Applications and their functions are not supported/],
  ['{ currentWorkspace { billingSubscriptions { id } } }', /Billing and usage quotas are not supported/],
  ['{ getPageLayouts { id } }', /Dashboards, page layouts and menus are not supported/],
  ['{ myMessageChannels { id } }', /Messages, e-mail and calendars are not supported/],
  ['{ myCalendarChannels { id } }', /Messages, e-mail and calendars are not supported/],
  ['mutation { createFileUpload(filename: "x") { fileId } }', /Files are not supported/],
  ['mutation { signIn(email: "x", password: "y") { id } }', /people sign in with a link/],
  ['{ checkUserExists(email: "x") { exists } }', /people sign in with a link/],
]

for (const [document, sentence] of OPERATIONS)
  test(`/metadata names the missing feature of ${document}`, async (t) => {
    const { status, body } = await client.request('POST', '/metadata', { query: document }, GRAPHQL_ACCEPT)
    t.is(status, 400)
    const texts = body.errors.map(({ message }: { message: string }) => message)
    t.true(
      texts.some((message: string) => sentence.test(message)),
      texts.join('\n'),
    )
    t.is(body.errors[0].extensions.code, 'GRAPHQL_VALIDATION_FAILED')
  })

test("a subscription is refused at both addresses, as the caller's fault", async (t) => {
  for (const [path, message, code] of [
    ['/metadata', 'Subscriptions are not supported.', 'BAD_USER_INPUT'],
    [
      '/graphql',
      'Cannot query field "onEventSubscription" on type "Subscription".',
      'GRAPHQL_VALIDATION_FAILED',
    ],
  ] as const) {
    const query = 'subscription { onEventSubscription(eventStreamId: "x") { eventStreamId } }'
    const { status, body } = await client.request('POST', path, { query }, GRAPHQL_ACCEPT)
    t.is(status, 400)
    t.like(body.errors[0], {
      message,
      extensions: { code },
    })
  }
})

test('/metadata names the operation that it lacks', async (t) => {
  const query = 'query A { currentWorkspace { id } } query B { currentWorkspace { id } }'
  const ask = (operationName?: string) => client.request('POST', '/metadata', { query, operationName })
  t.is((await ask('B')).status, 200)
  t.regex((await ask()).body.errors[0].message, /several operations/)
  t.is((await ask('C')).body.errors[0].message, 'The document has no operation "C".')
})

test('record names of missing features get their own message on both protocols', async (t) => {
  const answers: readonly (readonly [path: string, message: string])[] = [
    ['/rest/workflows', "object 'workflows' not found. Workflows are not supported."],
    [
      '/rest/messageThreads',
      "object 'messageThreads' not found. Messages, e-mail and calendars are not supported.",
    ],
    [
      '/rest/batch/favorites',
      "object 'favorites' not found. Dashboards, page layouts and menus are not supported.",
    ],
    [
      '/rest/metadata/views?objectMetadataId=x',
      'There is nothing at /rest/metadata/views. Views are not supported.',
    ],
    [
      '/rest/metadata/pageLayoutTabs',
      'There is nothing at /rest/metadata/pageLayoutTabs. Dashboards, page layouts and menus are not supported.',
    ],
  ]
  for (const [path, message] of answers) {
    const { status, body } = await client.request(
      path.includes('batch') ? 'POST' : 'GET',
      path,
      path.includes('batch') ? [{}] : undefined,
    )
    t.is(status, 404, path)
    t.is(body.messages[0], message)
  }
  for (const [query, sentence] of [
    [
      '{ calendarEvents { edges { node { id } } } }',
      /"calendarEvents" on type "Query"\. Messages, e-mail and calendars/,
    ],
    [
      'mutation { createDashboard(data: {}) { id } }',
      /Dashboards, page layouts and menus are not supported\.$/,
    ],
    [
      'query ($filter: FavoriteFilterInput) { favorites(filter: $filter) { totalCount } }',
      /^Unknown type "FavoriteFilterInput"\. Dash/,
    ],
    [
      '{ people { edges { node { messageParticipants { totalCount } } } } }',
      /Messages, e-mail and calendars/,
    ],
  ] as const) {
    const { status, body } = await client.graphql(query)
    t.is(status, 400)
    t.regex(body.errors[0].message, sentence)
  }
})

test('ordinary unknown names keep the usual answer', async (t) => {
  t.regex((await client.get('/rest/files')).body.messages[0], /^object 'files' not found\. (?!Files)/)
  const { body } = await client.graphql('{ companies { edges { node { messageCount } } } }')
  t.is(body.errors[0].message, 'Cannot query field "messageCount" on type "Company".')
})
