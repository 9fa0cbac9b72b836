import test from 'ava'
import type { Page } from 'playwright-core'
import { openConsole } from '../support/browser.ts'

const opened = await openConsole()
test.after.always(() => opened?.close())
const run = opened === null ? test.skip : test

const focused = (page: Page): Promise<unknown> =>
  page.evaluate(
    `(document.activeElement?.getAttribute('aria-label') ??
      (document.activeElement?.labels?.[0] ?? document.activeElement)?.textContent ?? '').replace('*', '').trim()`,
  )

const MAX_STOPS = 40

const tabTo = async (page: Page, name: string): Promise<void> => {
  for (let stop = 0; stop < MAX_STOPS; stop += 1) {
    if ((await focused(page)) === name) return
    await page.keyboard.press('Tab')
  }
  throw new Error(`The keyboard does not reach “${name}”; it is at “${await focused(page)}”.`)
}

run('a key is created, and its dialogs are closed, by the keyboard alone', async (t) => {
  t.timeout(120_000)
  if (opened === null) throw new Error('No Chromium is installed.')
  const { page, complaints } = await opened.visit(await opened.gateway.enter(), '/api')
  await page.getByText('Key id').first().waitFor()
  await tabTo(page, 'Create key')
  t.not(await page.evaluate('getComputedStyle(document.activeElement).outlineStyle'), 'none')
  await page.keyboard.press('Enter')
  const dialog = page.getByRole('dialog', { name: 'Create key' })
  await dialog.waitFor()
  await page.locator('input:focus').waitFor()
  await page.keyboard.type('By hand')

  // The focus stays within the dialog, however far it goes.
  for (let stop = 0; stop < MAX_STOPS / 2; stop += 1) {
    await page.keyboard.press('Tab')
    t.true(await page.evaluate(`document.activeElement.closest('[role="dialog"]') !== null`))
  }
  // What was typed is not lost by one press.
  await page.keyboard.press('Escape')
  const question = page.getByRole('dialog', { name: 'Discard unsaved changes?' })
  await question.waitFor()
  await page.keyboard.press('Escape')
  await question.waitFor({ state: 'hidden' })
  t.true(await dialog.isVisible())
  await page.keyboard.press('Escape')
  await tabTo(page, 'Discard')
  await page.keyboard.press('Enter')
  await dialog.waitFor({ state: 'hidden' })
  t.is(await focused(page), 'Create key')

  await page.keyboard.press('Enter')
  await page.locator('input:focus').waitFor()
  await page.keyboard.type('By hand')
  await tabTo(page, 'Role')
  await page.keyboard.type('Guest')
  await tabTo(page, 'Create key')
  await page.keyboard.press('Enter')
  const made = page.getByRole('dialog', { name: /By hand/ })
  await made.waitFor()
  await tabTo(page, 'I have copied it')
  await page.keyboard.press('Enter')
  await made.waitFor({ state: 'hidden' })
  await page.getByRole('rowheader', { name: 'By hand', exact: true }).waitFor()
  t.deepEqual(complaints, [])
})
