// The options that commands for lists have in common. Without `--limit` a command prints the whole list.

import {
  checkPage,
  type ListPage,
  MAX_PAGE,
  type PageRequest,
  parsePageLimit,
  readAllPages,
} from '../../tenants/listPage.ts'
import type { CommandOption, CommandOutput, Input } from './command.ts'
import { tableText } from './table.ts'

export const LIST_OPTIONS: Readonly<Record<string, CommandOption>> = {
  search: {
    type: 'string',
    value: 'words',
    meaning: 'Only names that contain a word starting with this',
  },
  limit: {
    type: 'string',
    value: 'number',
    meaning: `Maximum number, from 1 to ${MAX_PAGE}; default: all`,
  },
  after: {
    type: 'string',
    value: 'id',
    meaning: 'Continue after this id: the last one on the previous page',
  },
}

const checked = <Page extends Partial<PageRequest>>(page: Page): Page => {
  checkPage({ limit: MAX_PAGE, ...page }, { limit: '--limit', after: '--after' })
  return page
}

/** Reads and prints a list, or the page of it that the options ask for. */
export const answerList = async <T extends { readonly id: string }>(
  input: Input,
  read: (page: PageRequest) => Promise<ListPage<T>>,
  columns: readonly string[],
  rowOf: (item: T) => readonly string[],
): Promise<CommandOutput> => {
  const [search, limit, after] = [input.text('search'), input.text('limit'), input.text('after')]
  const page =
    limit === undefined
      ? { items: await readAllPages(read, checked({ search, after })), hasNextPage: false }
      : await read(checked({ limit: parsePageLimit(limit, '--limit'), after, search }))
  const more = page.hasNextPage ? `\nThere are more: --after ${page.items.at(-1)?.id}` : ''
  return { json: page.items, text: tableText(columns, page.items.map(rowOf)) + more }
}
