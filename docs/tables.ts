// `npm run docs`: the tables of the documents that are made from the code. In: Markdown with regions between
// `<!-- table: name -->` and `<!-- end -->`; out: the same with every region as the code has it now. A test
// fails while they differ.

import { readdir, readFile, writeFile } from 'node:fs/promises'
import { KINDS } from '../gateway/error/problem.ts'
import { SQLSTATES, type SqlAnswer } from '../gateway/error/sqlstate.ts'
import { operatorsOf } from '../gateway/records/read/filterOperator.ts'
import type { Setting } from '../gateway/setting.ts'
import { SETTINGS } from '../gateway/settings.ts'
import { SCALAR_TYPES } from '../tenants/model/scalarType.ts'
import * as reference from './reference.ts'
import { code, table } from './table.ts'

const DOCS = new URL('.', import.meta.url)

const settings = (): string =>
  table(
    ['Variable', 'Default', 'Accepts', 'Meaning'],
    Object.values<Setting<unknown>>(SETTINGS).map(({ variable, defaultText, accepts, meaning }) => [
      code(variable),
      defaultText === null ? '–' : code(defaultText),
      accepts,
      meaning,
    ]),
  )

const distinctKinds = [
  ...new Map(
    Object.values(KINDS).map((kind) => [`${kind.status} ${kind.rest} ${kind.graphql}`, kind] as const),
  ).values(),
]

const kinds = (): string =>
  table(
    ['Status', '`error` over REST', '`extensions.code` over GraphQL'],
    // Kinds that differ only in what the gateway does with them are one row.
    distinctKinds.map(({ status, rest, graphql }) => [String(status), code(rest), code(graphql)]),
  )

/** An error as Postgres would raise it, to ask a rule its general message. */
const exampleError = (sqlstate: string) =>
  Object.assign(new Error('…'), { code: sqlstate, severity: 'ERROR', position: '1' })

const statusOf = (answer: SqlAnswer): string => String(KINDS[answer.code].status)

const sqlstates = (): string =>
  table(
    ['SQLSTATE', 'Status', '`code` / `subCode`', 'Message'],
    Object.entries(SQLSTATES)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([sqlstate, rule]) => {
        const answer = typeof rule === 'function' ? rule(exampleError(sqlstate), {}) : rule
        return [
          code(sqlstate.length === 2 ? `${sqlstate}…` : sqlstate),
          statusOf(answer),
          answer.subCode === undefined ? '–' : code(answer.subCode),
          sqlstate === 'P0001' ? 'own message of the function' : answer.message,
        ]
      }),
  )

const operators = (): string =>
  table(
    ['Type', 'Operators'],
    SCALAR_TYPES.map((type) => [type, operatorsOf(type).map(code).join(' ')]),
  )

const TABLES: Readonly<Record<string, () => string>> = {
  settings,
  kinds,
  sqlstates,
  operators,
  ...reference,
}

const REGION = /<!-- table: (\w+) -->\n[\s\S]*?<!-- end -->/g

export const withTables = (markdown: string): string =>
  markdown.replace(REGION, (_, name: string) => {
    const make = TABLES[name]
    if (make === undefined) throw new Error(`There is no table "${name}" to be made from the code.`)
    return `<!-- table: ${name} -->\n${make()}\n<!-- end -->`
  })

export const documents = async (): Promise<readonly URL[]> =>
  (await readdir(DOCS, { recursive: true }))
    .filter((name) => name.endsWith('.md'))
    .map((name) => new URL(name, DOCS))

if (import.meta.main) {
  for (const document of await documents()) {
    const markdown = await readFile(document, 'utf8')
    const current = withTables(markdown)
    if (current !== markdown) await writeFile(document, current)
  }
}
