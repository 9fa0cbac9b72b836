/** As the gateway accepts it. */
export const LARGEST_PAGE = 1_000

/**
 * Items of a list, page by page.
 * @param readPage the LARGEST_PAGE items after an id
 * @param atMost stops there
 */
export const readAll = async <T extends { readonly id: string }>(
  readPage: (after: string | null) => Promise<readonly T[]>,
  isWanted: (item: T) => boolean = () => true,
  atMost = Number.POSITIVE_INFINITY,
): Promise<readonly T[]> => {
  const found: T[] = []
  for (let after: string | null = null; ; ) {
    const page: readonly T[] = await readPage(after)
    found.push(...page.filter(isWanted))
    after = page.at(-1)?.id ?? null
    if (page.length < LARGEST_PAGE || found.length >= atMost) return found.slice(0, atMost)
  }
}
