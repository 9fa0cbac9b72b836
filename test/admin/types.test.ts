// Types of a workspace compile, and a program that misuses them does not.

import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import test from 'ava'
import { runCommand } from '../../gateway/admin/terminal.ts'
import { importSql } from '../../tenants/importSql.ts'
import { createWorkspace } from '../../tenants/workspace.ts'
import { SECRET_KEY } from '../support/environment.ts'
import { startTestGateway } from '../support/gateway.ts'

const COMPILER = fileURLToPath(new URL('../../node_modules/typescript/bin/tsc', import.meta.url))
const HOSTILE = await readFile(new URL('../fixtures/hostile.sql', import.meta.url), 'utf8')

const USE = `
import type { Company, CompanyForResponse, OpportunityStage } from './rest.ts'
import type { Company as Node, CompanyCreateInput, Query } from './graphql.ts'

export const made: Company = { name: 'Ada & Co', address: { addressCity: 'London' } }
// @ts-expect-error a name is a text
export const wrong: Company = { name: 1 }
export const stage: OpportunityStage = 'MEETING'
export const idOf = ({ id }: CompanyForResponse): string => id
export const nameOf = (node: Node): string | null => node.name
export const input: CompanyCreateInput = { name: null }
export const first = (query: Query): Node | undefined => query.companies?.edges[0]?.node
// @ts-expect-error there is no such object
export const none = (query: Query) => query.rockets
`

test('tenantry types prints types that compile, for REST and GraphQL', async (t) => {
  const server = await startTestGateway()
  t.teardown(() => server.close())
  const { database } = server
  const directory = await mkdtemp(join(tmpdir(), 'tenantry-types-'))
  t.teardown(() => rm(directory, { recursive: true, force: true }))
  const { token, workspace } = await server.enter('Typed')
  const { id } = await createWorkspace(database.pool, {
    name: 'By hand',
    subdomain: 'by-hand',
    standardObjects: false,
  })
  await importSql(database.pool, id, HOSTILE)

  const print = async (...words: readonly string[]) => {
    const lines: string[] = []
    const environment = { DATABASE_URL: database.ownerUrl, SECRET_KEY }
    const take = (line: string) => void lines.push(line)
    return {
      code: await runCommand(environment, words, { print: take, complain: take }),
      text: lines.join('\n'),
    }
  }
  for (const [file, words] of [
    ['rest.ts', ['types', workspace.id]],
    ['graphql.ts', ['types', workspace.id, '--protocol', 'graphql']],
    ['hostile.ts', ['types', 'by-hand']],
    ['hostile-graphql.ts', ['types', 'by-hand', '--protocol', 'graphql']],
    ['far.ts', ['types', server.url, '--key', token]],
    ['far-graphql.ts', ['types', `${server.url}/`, '--key', token, '--protocol', 'graphql']],
  ] as const) {
    const { code, text } = await print(...words)
    t.is(code, 0, text)
    await writeFile(join(directory, file), text)
  }
  t.is((await print('types', workspace.id, '--protocol', 'soap')).code, 2)
  t.is((await print('types', server.url)).code, 2, 'a URL needs a key')
  t.is((await print('types', workspace.id, '--key', token)).code, 2, 'a key needs a URL')
  const refused = await print('types', server.url, '--key', 'wrong')
  t.is(refused.code, 1)
  t.regex(refused.text, /returned 401/)
  await writeFile(join(directory, 'use.ts'), USE)
  await writeFile(join(directory, 'far-use.ts'), USE.replaceAll("'./", "'./far-").replace('far-rest', 'far'))
  const options = [
    '--noEmit',
    '--strict',
    '--skipLibCheck',
    '--allowImportingTsExtensions',
    '--target',
    'es2022',
  ]
  const files = ['use.ts', 'far-use.ts', 'hostile.ts', 'hostile-graphql.ts']
  await t.notThrowsAsync(
    promisify(execFile)(process.execPath, [COMPILER, ...options, '--module', 'nodenext', ...files], {
      cwd: directory,
    }).catch(({ stdout }) => {
      throw new Error(stdout)
    }),
  )
})
