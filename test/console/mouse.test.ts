import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import test from 'ava'
import type { Page } from 'playwright-core'
import { CONSOLE_DIRECTORY, CONSOLE_SOURCES } from '../../gateway/console/build.ts'
import { createOperatorKey } from '../../tenants/operator.ts'
import { openConsole } from '../support/browser.ts'
import { addMember } from '../support/console.ts'
import { DIALOGS, type DialogCase, FRAMES, OPENING } from '../support/dialogs.ts'
import type { Client } from '../support/gateway.ts'
import { coveredIn, handOn } from '../support/hand.ts'

const opened = await openConsole()
test.after.always(() => opened?.close())
const run = opened === null ? test.serial.skip : test.serial
const browser = () => {
  if (opened === null) throw new Error('No Chromium is installed.')
  return opened
}

/**
 * All dialogs are pressed at both ends of width and colours; those above others, where most can go wrong,
 * everywhere.
 */
const WHOLE: readonly string[] = (process.env.MOUSE_PASSES ?? 'light-1440,dark-390').split(',')

const EVERY = 'every dialog'

const PASSES = (['light', 'dark'] as const).flatMap((colorScheme) =>
  [1440, 1280, 390].map((width) => {
    const name = `${colorScheme}-${width}`
    const isWhole = WHOLE.includes(name)
    return {
      colorScheme,
      width,
      name,
      scope: isWhole ? EVERY : 'dialogs above others, with late answers',
      dialogs: isWhole ? DIALOGS : DIALOGS.filter(({ isStacked }) => isStacked),
    }
  }),
)

const ask = async (client: Client, method: string, path: string, body: unknown): Promise<void> => {
  const answer = await client.request(method, path, body)
  if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.text}`)
}

/** What the dialogs are about; the pass's name is the name of each. */
const seed = async (client: Client, name: string): Promise<void> => {
  const { gateway } = browser()
  const schema = `"${client.workspace.schemaName}"`
  const { pool } = gateway.gateway
  await addMember(pool, client.workspace.schemaName)
  await pool.query(`create table ${schema}.parcel (name text primary key, weight int)`)
  await pool.query(`insert into ${schema}.parcel values ($1, 1)`, [name])
  const { body } = await client.request('POST', '/metadata', { query: '{ getApiKeyRoles { id label } }' })
  const roleId = body.data.getApiKeyRoles.find(({ label }: { label: string }) => label === 'Guest').id
  await ask(client, 'POST', '/rest/companies', { name })
  await ask(client, 'POST', '/rest/metadata/roles', { label: name })
  await ask(client, 'POST', '/metadata', {
    query: 'mutation ($input: CreateApiKeyInput!) { createApiKey(input: $input) { id } }',
    variables: { input: { name, roleId, expiresAt: '2099-01-01T00:00:00Z' } },
  })
  await ask(client, 'POST', '/rest/metadata/webhooks', {
    targetUrl: 'https://8.8.8.8/hook',
    description: name,
    operations: [],
  })
  await ask(client, 'POST', '/rest/metadata/objects', {
    nameSingular: 'scratch',
    namePlural: 'scratches',
    labelSingular: 'Scratch',
    labelPlural: 'Scratches',
  })
  const scratch = await client.get('/rest/metadata/objects/scratch')
  const objectMetadataId = scratch.body.data.object.id
  await ask(client, 'POST', '/rest/metadata/fields', {
    objectMetadataId,
    name: 'colour',
    label: 'Colour',
    type: 'TEXT',
  })
  const field = await client.get('/rest/metadata/fields/scratch.colour')
  await ask(client, 'POST', '/metadata', {
    query: 'mutation ($input: CreateOneIndexInput!) { createOneIndex(input: $input) { id } }',
    variables: {
      input: {
        index: {
          objectMetadataId,
          fields: [{ fieldMetadataId: field.body.data.field.id }],
          indexType: 'BTREE',
        },
      },
    },
  })
}

const visitAs = async (client: Client, who: DialogCase['who']): Promise<Page> => {
  const { gateway, visit, visitAsOperator } = browser()
  if (who !== 'operator') return (await visit(client, '/sign-in')).page
  const { secret } = await createOperatorKey(gateway.gateway.pool, 'Op')
  return (await visitAsOperator(secret, '/sign-in')).page
}

/** Answers come late, so that the hand meets the dialogs that wait for them. */
const LATE_IN_MS = 300

const delayWrites = (page: Page): Promise<unknown> =>
  page.route('**/*', async (route) => {
    if (route.request().method() !== 'GET') await setTimeout(LATE_IN_MS)
    await route.fallback()
  })

const walk = async (page: Page, cases: readonly DialogCase[], pass: string): Promise<readonly string[]> => {
  const faults: string[] = []
  const scene = { ...handOn(page), pass }
  for (const { name, path, shows, open, leave } of cases)
    try {
      await page.goto(browser().gateway.url + path)
      await open(scene)
      const dialog = page.getByRole('dialog')
      await dialog.getByText(shows).filter({ visible: true }).first().waitFor()
      for (const covered of await coveredIn(page)) faults.push(`${name}: ${covered}`)
      await leave(scene)
      await dialog.first().waitFor({ state: 'hidden' })
    } catch (error) {
      faults.push(`${name}: ${error instanceof Error ? error.message : String(error)}`)
    }
  return faults
}

for (const { colorScheme, width, name, scope, dialogs } of PASSES)
  run(`${width} pixels wide, in ${colorScheme}, the mouse opens and leaves ${scope}`, async (t) => {
    t.timeout(600_000)
    const client = await browser().gateway.enter(name)
    await seed(client, name)
    for (const who of ['operator', undefined] as const) {
      const cases = dialogs.filter((each) => each.who === who)
      if (cases.length === 0) continue
      const page = await visitAs(client, who)
      await page.setViewportSize({ width, height: 900 })
      await page.emulateMedia({ colorScheme })
      if (scope !== EVERY) await delayWrites(page)
      // It is dropped at the end.
      if (who === 'operator') await browser().gateway.enter(`${name}-op`)
      t.deepEqual(await walk(page, cases, who === 'operator' ? `${name}-op` : name), [])
      await page.context().close()
    }
  })

test('every dialog of the source is in the table', async (t) => {
  const entries = await readdir(CONSOLE_SOURCES, { recursive: true, withFileTypes: true })
  const sources = entries
    .filter(({ name, parentPath }) => /\.tsx?$/.test(name) && !parentPath.startsWith(CONSOLE_DIRECTORY))
    .map(({ name, parentPath }) => join(parentPath, name).slice(CONSOLE_SOURCES.length + 1))
  for (const source of sources) {
    const text = await readFile(join(CONSOLE_SOURCES, source), 'utf8')
    const openings = text.match(OPENING)?.length ?? 0
    const rows = DIALOGS.filter((each) => each.source === source).length
    if (FRAMES.includes(source)) t.is(rows, 0, source)
    else t.true(rows >= openings, `${source} opens ${openings} dialogs, and the table has ${rows}`)
    t.false(openings === 0 && rows > 0, `${source} opens none`)
  }
})
