// A person with a mouse: presses an element at its visible center, and only if the pointer hits that element.

import type { Locator, Page } from 'playwright-core'

export interface Hand {
  readonly page: Page
  /** Moves the pointer to the middle of the element and presses; throws when something else stays there. */
  readonly press: (target: Locator) => Promise<void>
}

/** Waits until nothing moves, for a dialog is pressed where it comes to rest. */
const rest = (page: Page): Promise<unknown> =>
  page.evaluate('Promise.all(document.getAnimations().map(({ finished }) => finished.catch(() => {})))')

/**
 * Where the middle of an element is, and what lies there. A text, as the tests know no page; labels of hidden
 * boxes count as the boxes.
 */
const SEEK = `
  element.scrollIntoView({ block: 'nearest', inline: 'nearest' })
  const { left, top, width, height } = element.getBoundingClientRect()
  const x = left + width / 2
  const y = top + height / 2
  const hit = document.elementFromPoint(x, y)
  const isHit =
    hit !== null && (element.contains(hit) || [...(element.labels ?? [])].some((label) => label.contains(hit)))
  return { x, y, isHit, name: element.outerHTML.slice(0, 200), hit: hit === null ? 'nothing' : hit.outerHTML.slice(0, 200) }
`

interface Place {
  readonly x: number
  readonly y: number
  readonly isHit: boolean
  readonly name: string
  readonly hit: string
}

/** How long a person waits until nothing covers an element; the bound of the driver's own waits. */
const PATIENCE_IN_MS = 30_000

const isStill = (last: Place | null, { x, y, isHit }: Place): boolean =>
  isHit && last?.isHit === true && last.x === x && last.y === y

export const handOn = (page: Page): Hand => ({
  page,
  press: async (target) => {
    const element = target.first()
    await element.waitFor()
    const seek = async (): Promise<Place> => {
      await rest(page)
      return element.evaluate(new Function('element', SEEK) as () => Place)
    }
    // An animation may begin a frame later than its element is there; and a dialog that waits for an answer
    // covers the page until it comes.
    const deadline = Date.now() + PATIENCE_IN_MS
    let place = await seek()
    for (let last: Place | null = null; !isStill(last, place) && Date.now() < deadline; ) {
      last = place
      await page.evaluate(
        'new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)))',
      )
      place = await seek()
    }
    const { x, y, isHit, name, hit } = place
    if (!isHit) throw new Error(`Over ${name} lies ${hit}`)
    await page.mouse.click(x, y)
  },
})

/** What can be pressed in the topmost dialog, and lies under something else once it is scrolled to. */
export const coveredIn = async (page: Page): Promise<readonly string[]> => {
  // The menu that opened it fades out.
  await page.getByRole('menu').first().waitFor({ state: 'hidden' })
  await rest(page)
  return (await page.evaluate(`(() => {
    const seek = (element) => {${SEEK}}
    const layer = (element) => Number(getComputedStyle(element).getPropertyValue('--mb-z-index')) || 0
    const [top] = [...document.querySelectorAll('[role="dialog"]')]
      .filter((each) => each.checkVisibility())
      .toSorted((a, b) => layer(b) - layer(a))
    return [...top.querySelectorAll('button, a[href], input, textarea, select, summary')]
      .filter((each) => !each.disabled && each.checkVisibility() && each.getBoundingClientRect().width > 4)
      .flatMap((each) => {
        const { isHit, name, hit } = seek(each)
        return isHit ? [] : [name + ' under ' + hit]
      })
  })()`)) as readonly string[]
}
