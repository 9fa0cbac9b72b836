// The table of matrix.md, asked over both protocols.

import { readFileSync } from 'node:fs'
import test from 'ava'
import { type Answer, type Client, startTestGateway, type TestGateway } from '../support/gateway.ts'
import { isSkippedOnCluster } from '../support/where.ts'
import { makeWorld, ROLE_NAMES, type World } from './fixture.ts'
import { graphqlAsk, holds, isGone, type Question, recordsIn, restAsk, type Subject } from './question.ts'
import { visibilities } from './visibility.ts'

interface Line extends Question {
  readonly outcomes: readonly string[]
}

const cellsOf = (line: string): string[] =>
  line
    .split('|')
    .slice(1, -1)
    .map((cell) => cell.trim())

const [heads = '', , ...body] = readFileSync(new URL('matrix.md', import.meta.url), 'utf8')
  .split('\n')
  .filter((line) => line.startsWith('|'))
const LINES: readonly Line[] = body.map((line) => {
  const [object = '', operation = '', field = '', ...outcomes] = cellsOf(line)
  return { object, operation, field, outcomes }
})

let server: TestGateway
let world: World
test.before(async () => {
  server = await startTestGateway()
  world = await makeWorld(server)
})
test.after.always(() => server?.close())

/** What is done to a record would spoil it for the next one who asks. */
const SPOILING = ['update', 'upsert', 'update all', 'delete', 'restore', 'destroy', 'merge']

let made = 0
const pluralOf = (object: string): string =>
  object === 'person' ? 'people' : object === 'note' ? 'notes' : 'companies'

const createSubject = async ({ object, operation }: Question): Promise<Subject> => {
  const companyId = world.ids.company
  const { admin } = world
  if (!SPOILING.includes(operation)) {
    const { company, note, noteTarget, person } = world.ids
    const keys: Readonly<Record<string, string>> = { company, note, noteTarget, person, bargain: company }
    return { key: keys[object] ?? '1,1', other: '', companyId }
  }
  const create = async (): Promise<string> => {
    if (object === 'paySlip') {
      made += 1
      const empId = -made
      await admin.request('POST', '/rest/paySlips', { empId, lineNo: 1 })
      return `${empId},1`
    }
    const plural = pluralOf(object)
    const { data } = (await admin.request('POST', `/rest/${plural}`, {})).body
    return Object.values<{ id: string }>(data)[0]?.id ?? ''
  }
  const key = await create()
  if (operation === 'restore')
    await admin.request('DELETE', `/rest/${pluralOf(object)}/${key}?soft_delete=true`)
  return { key, other: operation === 'merge' ? await create() : '', companyId }
}

/**
 * A hidden relation, or a composite all of whose parts are hidden, is named itself. A merge reads whole
 * records.
 */
const isNamed = ({ object, operation, field }: Question, text: string): boolean =>
  (operation === 'merge' && /permission to read fields? \\?"/.test(text)) ||
  [object, ...field.split('.')].some((name) => text.includes(`"${name}`) || text.includes(`.${name}"`)) ||
  new RegExp(`records of (${[object, ...field.split('.')].join('|')})\\b`).test(text)

/** Of the hint where a record would be hidden by rules. */
const RULES = "your role's record rules"

const restOutcome = async (client: Client, line: Line): Promise<string> => {
  const { method, path, body: data } = restAsk(line, await createSubject(line))
  const { status, text, body: answer } = await client.request(method, path, data)
  if (isGone(line, status, answer)) return 'gone'
  if (status === 403 && text.includes(RULES)) return 'unseen'
  if (status === 403)
    return text.includes('Entity performing the request does not have permission') && isNamed(line, text)
      ? 'no'
      : `403 that names nothing: ${text}`
  if (status >= 300) return `${status} ${text}`
  if (!['get', 'list', 'relations', 'fields', 'sample'].includes(line.operation)) return 'yes'
  return holds(recordsIn(line, answer), line.field.split('.')) ? 'yes' : 'hidden'
}

const graphqlRefusal = ({ status, body: answer }: Answer, line: Line): string => {
  const [{ message, extensions }] = answer.errors
  if (extensions.code !== 'FORBIDDEN') return `${status} ${JSON.stringify(answer)}`
  const text = [message, extensions.userFriendlyMessage].join(' ')
  if (JSON.stringify(extensions).includes(RULES)) return 'unseen'
  if (!isNamed(line, text)) return `FORBIDDEN that names nothing: ${text}`
  const data: Readonly<Record<string, unknown>> = answer.data ?? {}
  return Object.values(data).every((value) => value === null) ? 'no' : `leaks ${JSON.stringify(data)}`
}

const graphqlOutcome = async (client: Client, line: Line): Promise<string> => {
  const { query, variables } = graphqlAsk(line, await createSubject(line))
  const answer = await client.graphql(query, variables)
  if (isGone(line, answer.status, answer.body)) return 'gone'
  return answer.body.errors === undefined ? 'yes' : graphqlRefusal(answer, line)
}

test('the table speaks of all roles', (t) => {
  t.deepEqual(cellsOf(heads).slice(3), ROLE_NAMES)
  t.true(LINES.every(({ outcomes }) => outcomes.length === ROLE_NAMES.length))
})

const VIEWS = 'Citus reads the tables of a view with the rights of the caller'

// One after the other: hundreds of statements that are new to a workspace at once may wait longer than a busy
// machine has patience.
for (const line of LINES)
  test.serial(`${line.operation} ${line.object} ${line.field}`, async (t) => {
    for (const [index, role] of ROLE_NAMES.entries()) {
      const client = world.roles[role] ?? world.admin
      const expected = line.outcomes[index] ?? ''
      // A view of an object that is closed to the role.
      if (role === 'boxed' && line.object === 'bargain' && isSkippedOnCluster(t, VIEWS)) continue
      const seen = await visibilities(client, line)
      if (seen !== null) {
        t.deepEqual(seen, [expected, expected], `REST and GraphQL, ${role}`)
        continue
      }
      // REST has no search.
      if (line.operation !== 'search') t.is(await restOutcome(client, line), expected, `REST, ${role}`)
      t.is(await graphqlOutcome(client, line), expected === 'hidden' ? 'no' : expected, `GraphQL, ${role}`)
    }
  })
