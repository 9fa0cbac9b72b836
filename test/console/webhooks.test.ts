import { createHmac } from 'node:crypto'
import test from 'ava'
import type { Page } from 'playwright-core'
import { barriersOf, openConsole } from '../support/browser.ts'
import { until } from '../support/until.ts'
import { type Received, startReceiver } from '../webhooks/receiver.ts'

const receiver = await startReceiver()
const opened = await openConsole({ OUTBOUND_ALLOWED_HOSTS: '127.0.0.1', CAPTURE: 'on' })
test.after.always(async () => {
  await opened?.close()
  await receiver.close()
})
const run = opened === null ? test.skip : test

const signatureOf = (secret: string, { headers, text }: Received): string =>
  createHmac('sha256', secret).update(`${headers['x-twenty-webhook-timestamp']}:${text}`).digest('hex')

const NAME = `O'Brien's "hook" <b>`
const PATH = '/from-console'

/** On a phone, in dark: creates the webhook. @returns its secret */
const create = async (t: { deepEqual: (a: unknown, b: unknown) => void }, page: Page): Promise<string> => {
  await page.setViewportSize({ width: 390, height: 844 })
  await page.emulateMedia({ colorScheme: 'dark' })
  await page.getByRole('link', { name: 'Webhooks', exact: true }).press('Enter')
  await page.getByRole('button', { name: 'Create webhook' }).press('Enter')
  const dialog = page.getByRole('dialog')
  await dialog.getByRole('textbox', { name: 'URL' }).fill('nowhere')
  await dialog.getByRole('textbox', { name: 'Description' }).fill(NAME)
  await dialog.getByRole('combobox', { name: 'Object 1' }).selectOption({ label: 'Companies' })
  await dialog.getByRole('combobox', { name: 'Change 1' }).selectOption({ label: 'created' })
  await dialog.getByRole('button', { name: 'Add operation' }).press('Enter')
  await dialog.getByRole('combobox', { name: 'Object 2' }).selectOption({ label: 'People' })
  await dialog.getByRole('textbox', { name: 'Filter' }).fill('id[is]:NOT_NULL')
  await dialog.getByRole('textbox', { name: 'Fields to send' }).fill('name, createdAt')
  await dialog.getByRole('button', { name: 'Create webhook' }).press('Enter')
  await dialog.getByText('There is a problem').waitFor()
  t.deepEqual(await barriersOf(page), [])
  await dialog.getByRole('textbox', { name: 'URL' }).fill(receiver.url(PATH))
  const filter = dialog.getByRole('textbox', { name: 'Filter' })
  await filter.fill('id[frob]:1')
  const alert = dialog.getByRole('alert').filter({ hasText: 'frob' })
  for (const [count, button] of ['Show a sample', 'Create webhook'].entries()) {
    await dialog.getByRole('button', { name: button }).press('Enter')
    await until('the refusal is in view', async () => {
      const box = await alert.nth(count).boundingBox()
      return box !== null && box.y >= 0 && box.y + box.height <= 844
    })
  }
  await filter.fill('id[is]:NOT_NULL')
  await dialog.getByRole('button', { name: 'Show a sample' }).press('Enter')
  await dialog.getByText('"eventName":"company.created"').waitFor()
  t.deepEqual(await barriersOf(page), [])
  await dialog.getByRole('button', { name: 'Create webhook' }).press('Enter')
  await page.getByText('Copy the secret now').waitFor()
  t.deepEqual(await barriersOf(page), [])
  const secret = (await page.locator('pre').first().innerText()).trim()
  await page.getByRole('button', { name: 'I have copied it' }).press('Enter')
  return secret
}

const act = async (page: Page, action: string): Promise<void> => {
  await page.getByRole('button', { name: `Actions for webhook ${NAME}` }).click()
  await page.getByRole('menuitem', { name: action }).click()
}

run('a webhook is created on a phone, watched, sent again, stopped, resumed and deleted', async (t) => {
  t.timeout(120_000)
  if (opened === null) throw new Error('No Chromium is installed.')
  const client = await opened.gateway.enter()
  const { page, foreign, complaints } = await opened.visit(client, '/api')
  const secret = await create(t, page)
  const { body: listed } = await client.get('/rest/metadata/webhooks')
  t.deepEqual(listed[0].operations, ['company.created', 'person.*'])

  await client.request('POST', '/rest/companies', { name: 'Zoë & Söhne' })
  const [first] = await receiver.next(PATH, 1)
  if (first === undefined) throw new Error('Nothing came.')
  t.deepEqual(Object.keys(JSON.parse(first.text).record).toSorted(), ['createdAt', 'id', 'name'])
  t.is(first.headers['x-twenty-webhook-signature'], signatureOf(secret, first))

  await page.getByRole('link', { name: NAME }).press('Enter')
  await page.getByRole('heading', { level: 1, name: NAME }).waitFor()
  await until('the delivery is shown', async () => {
    await page.getByRole('button', { name: 'Refresh' }).click()
    return page.getByText('1 attempt: Status 200').isVisible()
  })
  await page.getByText('1 attempt: Status 200').press('Enter')
  await page.getByText('Body', { exact: true }).press('Enter')
  await page.getByText(first.text).waitFor()
  t.deepEqual(await barriersOf(page), [])
  for (const width of [800, 390]) {
    await page.setViewportSize({ width, height: 844 })
    const excess = 'document.documentElement.scrollWidth - document.documentElement.clientWidth'
    t.true(Number(await page.evaluate(excess)) <= 0, String(width))
    const box = await page.getByRole('button', { name: 'Redeliver company.created' }).boundingBox()
    t.true(box !== null && box.x + box.width <= width, String(width))
  }
  await page.getByRole('button', { name: 'Redeliver company.created' }).press('Enter')
  const [, again] = await receiver.next(PATH, 2)
  t.is(again?.headers['webhook-id'], first.headers['webhook-id'])
  await page.getByText('2 attempts: Status 200').waitFor()

  await page.setViewportSize({ width: 1440, height: 900 })
  await page.emulateMedia({ colorScheme: 'light' })
  await act(page, 'Send test event')
  await page.getByText('The receiver responded to the test event with status 200').waitFor()
  await act(page, 'Rotate secret …')
  await page.getByRole('button', { name: 'Rotate secret' }).click()
  await page.getByText('Copy the secret now').waitFor()
  const rotated = (await page.locator('pre', { hasText: /^[0-9a-f]{64}$/ }).innerText()).trim()
  await page.getByRole('button', { name: 'I have copied it' }).click()
  await page.getByText('Also signs requests, until').waitFor()
  await act(page, 'Send test event')
  const [, , , tested] = await receiver.next(PATH, 4)
  if (tested === undefined) throw new Error('No test event came.')
  t.is(JSON.parse(tested.text).eventName, 'webhook.test')
  t.is(tested.headers['x-twenty-webhook-signature'], signatureOf(rotated, tested))
  t.is(String(tested.headers['webhook-signature']).split(' ').length, 2)
  await act(page, 'Replay changes …')
  await page.getByRole('button', { name: 'Replay changes' }).click()
  await page.getByText('1 delivery was queued.').waitFor()
  const sent = await receiver.next(PATH, 5)
  t.is(sent[4]?.headers['webhook-id'], first.headers['webhook-id'])

  receiver.answer(PATH, (response) => response.writeHead(500).end())
  await client.request('POST', '/rest/companies', { name: 'Refused' })
  await until('the webhook fails', async () => {
    const { body } = await client.get('/rest/metadata/webhooks')
    return body[0].failures === 1
  })
  await page.reload()
  await page.getByText('Failing', { exact: true }).waitFor()
  await page.getByRole('alert').filter({ hasText: 'The last request failed.' }).waitFor()
  t.deepEqual(await barriersOf(page), [])

  receiver.answer(PATH, (response) => response.writeHead(410).end())
  await client.request('POST', '/rest/companies', { name: 'Gone' })
  await until('the webhook is disabled', async () => {
    const { body } = await client.get('/rest/metadata/webhooks')
    return body[0].status === 'DISABLED'
  })
  await page.reload()
  await page.getByRole('alert').filter({ hasText: '410' }).waitFor()
  await page.getByText('1 attempt: Status 410').waitFor()
  t.deepEqual(await barriersOf(page), [])
  // The refused delivery waits, and would disable the webhook again.
  receiver.answer(PATH, (response) => response.writeHead(204).end())
  await act(page, 'Resume')
  await page.getByText('Active', { exact: true }).waitFor()
  await act(page, 'Pause')
  await page.getByText('Paused by Key of Admin').waitFor()

  await act(page, 'Edit …')
  await page.getByRole('button', { name: 'Remove operation 2' }).click()
  await page.getByRole('button', { name: 'Save' }).click()
  await page.getByText(`Webhook “${NAME}” was changed.`).waitFor()
  const { body: changed } = await client.get('/rest/metadata/webhooks')
  t.deepEqual([changed[0].operations, changed[0].status], [['company.created'], 'PAUSED'])

  await act(page, 'Delete …')
  await page.getByRole('button', { name: 'Delete webhook' }).click()
  await page.getByText('No webhooks yet').waitFor()
  t.deepEqual((await client.get('/rest/metadata/webhooks')).body, [])
  t.deepEqual(foreign, [])
  t.deepEqual(complaints, [])
})

run('changes appear while they are made, and the history of a record undoes them', async (t) => {
  t.timeout(120_000)
  if (opened === null) throw new Error('No Chromium is installed.')
  const client = await opened.gateway.enter()
  const query = 'mutation { updateWorkspace(data: { history: true }) { history } }'
  await client.request('POST', '/metadata', { query })
  const { page, complaints } = await opened.visit(client, '/live?object=company')
  await page.getByRole('status').getByText('Live', { exact: true }).waitFor()
  const made = await client.request('POST', '/rest/companies', { name: 'Zoë & Söhne' })
  const { id } = made.body.data.createCompany
  const rename = (name: string) => client.request('PATCH', `/rest/companies/${id}`, { name })
  await rename("O'Brien <b>")
  const change = (text: string) => page.getByRole('listitem').filter({ hasText: text })
  await change("Zoë & Söhne → O'Brien <b>").waitFor()

  await page.getByRole('button', { name: 'Pause' }).press('Enter')
  await rename('Third')
  await page.getByRole('button', { name: 'Resume' }).press('Enter')
  await change("O'Brien <b> → Third").waitFor()
  t.deepEqual(await barriersOf(page), [])
  await change("O'Brien <b> → Third").getByRole('link', { name: 'Third' }).press('Enter')

  await page.getByRole('tab', { name: 'History' }).click()
  const undo = (text: string) => change(text).getByRole('button', { name: 'Undo' }).click()
  await undo("Zoë & Söhne → O'Brien <b>")
  await page.getByText('The company has changed since').waitFor()
  t.deepEqual(await barriersOf(page), [])
  await undo("O'Brien <b> → Third")
  await page.getByText('Company was changed back.').waitFor()
  await change("Third → O'Brien <b>").waitFor()
  const { body } = await client.get(`/rest/companies/${id}`)
  t.is(body.data.company.name, "O'Brien <b>")
  t.deepEqual(complaints, [])
})
