// Everything that a browser keeps of a page after it is closed, as one text; without the HttpOnly cookie.

import type { Page } from 'playwright-core'

// A text, because it runs in the page, which has globals of its own.
const STORED = `(async () => {
  const rowsOf = (name) => new Promise((resolve, reject) => {
    const opening = indexedDB.open(name)
    opening.onerror = () => reject(opening.error)
    opening.onsuccess = () => {
      const database = opening.result
      const stores = [...database.objectStoreNames]
      if (stores.length === 0) return resolve([])
      const reading = database.transaction(stores)
      const rows = stores.map((store) => reading.objectStore(store).getAll())
      reading.onerror = () => reject(reading.error)
      reading.oncomplete = () => {
        database.close()
        resolve(rows.map(({ result }) => result))
      }
    }
  })
  const databases = await Promise.all((await indexedDB.databases()).map(({ name }) => rowsOf(name)))
  return JSON.stringify([
    { ...localStorage }, { ...sessionStorage }, document.cookie, window.name,
    await caches.keys(), databases, history.state, location.href,
  ])
})()`

export const storedBy = async (page: Page): Promise<string> => String(await page.evaluate(STORED))
