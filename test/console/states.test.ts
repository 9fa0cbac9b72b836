import test from 'ava'
import { createImpersonationLink } from '../../tenants/member/signIn.ts'
import { barriersOf, openConsole } from '../support/browser.ts'
import { addMember, signIn } from '../support/console.ts'

const opened = await openConsole()
test.after.always(() => opened?.close())
const run = opened === null ? test.skip : test
const browser = () => {
  if (opened === null) throw new Error('No Chromium is installed.')
  return opened
}

run('an expired session is reported, and signing in leads back to the same page', async (t) => {
  t.timeout(120_000)
  const { gateway, visit } = browser()
  const client = await gateway.enter()
  const { page, complaints } = await visit(client, '/records/companies?open=new')
  await page.getByRole('textbox', { name: 'Name', exact: true }).fill('Half done')
  await page.context().clearCookies()
  // Another request of the page may report it first, and take the form away under the pointer.
  const clicked = page
    .getByRole('button', { name: 'Create company' })
    .click()
    .catch(() => {})
  await page.getByText('Session expired').waitFor()
  void clicked
  await page.getByLabel('API key', { exact: true }).last().fill(client.token)
  await page.getByRole('button', { name: 'Sign in' }).click()
  await page.getByRole('dialog', { name: 'Create company' }).waitFor()
  t.is(new URL(page.url()).search, '?open=new')
  t.deepEqual(complaints, [])
})

run(
  'the workspace page allows impersonation, and a banner names the operator who acts as a member',
  async (t) => {
    t.timeout(120_000)
    const { gateway, visit } = browser()
    const { pool } = gateway.gateway
    const client = await gateway.enter()
    const { page, complaints } = await visit(client, '/workspace')
    await page.getByLabel('Allow impersonation').check()
    await page.getByRole('button', { name: /^Save/ }).click()
    await page.getByText('The workspace was changed.').waitFor()
    const { id, schemaName } = client.workspace
    const operator = { operatorKeyId: null, operatorName: 'Support' }
    const link = await createImpersonationLink(pool, id, await addMember(pool, schemaName), operator)
    const { cookie } = await signIn(gateway.url, { secret: link.secret })
    const [name = '', value = ''] = cookie.split('=')
    await page.context().addCookies([{ name, value, url: gateway.url, httpOnly: true, sameSite: 'Strict' }])
    await page.goto(`${gateway.url}/records`)
    await page.getByText(`Support acts as Zoë 'x' O"Brien`).waitFor()
    t.deepEqual(complaints, [])
    t.deepEqual(await barriersOf(page), [])
  },
)

run('signing out does not report an expired session', async (t) => {
  const { gateway, visit } = browser()
  const { page } = await visit(await gateway.enter(), '/workspace')
  await page.getByRole('button', { name: /Key of Admin/ }).click()
  await page.getByRole('menuitem', { name: 'Sign out' }).click()
  await page.getByRole('heading', { name: 'Sign in' }).waitFor()
  t.is(await page.getByText('Session expired').count(), 0)
})

run('every page names the missing permission to a role without permissions', async (t) => {
  t.timeout(120_000)
  const { gateway, visit } = browser()
  const admin = await gateway.enter()
  const made = await admin.request('POST', '/rest/metadata/roles', { label: 'Nobody’s' })
  t.is(made.status, 201, made.text)
  const nobody = await gateway.client(admin.workspace, 'Nobody’s')
  const seen = await visit(nobody, '/api')
  const { page } = seen
  for (const [path, text] of [
    ['/api', 'Your role lacks the permission “API keys and webhooks”.'],
    ['/api/webhooks', 'Your role lacks the permission “API keys and webhooks”.'],
    ['/records', 'No records for your role'],
    ['/records/companies', 'No records for your role'],
    ['/model', 'No objects for your role'],
    ['/model/company', 'Object “company” not found'],
    ['/roles', 'Your role does not allow this'],
    ['/roles/018f2b6a-7c1d-7e3f-9a5b-0c2d4e6f8a1b', 'Your role does not allow this'],
    ['/workspace', 'Read only'],
  ] as const) {
    await page.goto(gateway.url + path)
    await page.getByText(text).waitFor()
    t.is(await page.getByRole('button', { name: 'Try again' }).count(), 0, path)
  }
  t.deepEqual(seen.complaints, [])
})

run('every page has its own title, empty and missing pages too', async (t) => {
  t.timeout(120_000)
  const { gateway, visit } = browser()
  const { page } = await visit(await gateway.enter(), '/api')
  for (const [path, shows, title] of [
    ['/nowhere', 'Page not found', 'Not found · Tenantry'],
    ['/records/nowhere', 'Object “nowhere” not found', 'Not found · Tenantry'],
    ['/model/nowhere', 'Object “nowhere” not found', 'Not found · Tenantry'],
    ['/model/company', 'Domain name', 'Companies · Tenantry'],
    ['/records/people', 'No records yet', 'People · Tenantry'],
  ] as const) {
    await page.goto(gateway.url + path)
    await page.getByText(shows).filter({ visible: true }).first().waitFor()
    t.is(await page.title(), title, path)
  }
})

run('a reload keeps the tab and the diagram', async (t) => {
  const { gateway, visit } = browser()
  const { page } = await visit(await gateway.enter(), '/model/company')
  await page.getByRole('tab', { name: 'Indexes' }).click()
  await page.getByRole('button', { name: 'Create index' }).waitFor()
  await page.reload()
  await page.getByRole('button', { name: 'Create index' }).waitFor()
  await page.goto(`${gateway.url}/model`)
  await page.getByText('Diagram', { exact: true }).click()
  await page.locator('.react-flow__node').first().waitFor()
  await page.reload()
  await page.locator('.react-flow__node').first().waitFor()
  t.is(new URL(page.url()).search, '?view=diagram')
})

run('an unreachable gateway is reported, and the page recovers', async (t) => {
  const { gateway, visit } = browser()
  const { page } = await visit(await gateway.enter(), '/roles')
  await page.getByRole('link', { name: 'Guest' }).waitFor()
  await page.context().setOffline(true)
  await page.getByRole('link', { name: 'Data model' }).click()
  await page.getByRole('alert').waitFor()
  t.regex((await page.getByRole('alert').textContent()) ?? '', /cannot be reached|could not be loaded/)
  await page.context().setOffline(false)
  await page.getByRole('button', { name: 'Try again' }).click()
  await page.getByRole('link', { name: 'Companies', exact: true }).waitFor()
})

run('a gateway that is unreachable from the start is reported, and the page recovers', async (t) => {
  const { gateway, visit } = browser()
  const { page } = await visit(await gateway.enter(), '/roles')
  await page.route('**/console/session', (route) => route.abort())
  await page.goto(`${gateway.url}/model`)
  const main = page.getByRole('main')
  await main.getByRole('alert').waitFor()
  t.deepEqual(await barriersOf(page), [])
  await page.unroute('**/console/session')
  await main.getByRole('button', { name: 'Try again' }).click()
  await page.getByRole('link', { name: 'Companies', exact: true }).waitFor()
})

run('the refusal of a long form is visible, and its input is kept', async (t) => {
  const { gateway, visit } = browser()
  const { page } = await visit(await gateway.enter(), '/records/companies?open=new')
  const panel = page.getByRole('dialog', { name: 'Create company' })
  await panel.getByRole('textbox', { name: 'Name', exact: true }).fill('Half done')
  await page.context().setOffline(true)
  await panel.getByRole('button', { name: 'Create company' }).click()
  const alert = panel.getByRole('alert')
  await alert.waitFor()
  const box = await alert.boundingBox()
  t.true(box !== null && box.y >= 0 && box.y + box.height <= 900, JSON.stringify(box))
  await page.context().setOffline(false)
  await panel.getByRole('button', { name: 'Create company' }).click()
  await page.getByText('Company was created').waitFor()
})

run('the second tab of the GraphQL playground creates a record', async (t) => {
  const { gateway, visit } = browser()
  const client = await gateway.enter()
  const { page, complaints } = await visit(client, '/playground/graphql')
  // The editor comes after the tabs above it.
  await page.locator('.view-line', { hasText: 'totalCount' }).first().waitFor()
  await page.getByRole('tab', { name: /NewRecord/ }).click()
  await page.locator('.view-line', { hasText: 'createCompany' }).first().waitFor()
  await page.getByRole('button', { name: /Execute query/ }).click()
  await page
    .locator('.result-window')
    .getByText(/createCompany/)
    .waitFor()
  const { body } = await client.get('/rest/companies?fields=name')
  t.deepEqual(
    body.data.companies.map(({ name }: { readonly name: string }) => name),
    ['My first record'],
  )
  t.deepEqual(complaints, [])
})
