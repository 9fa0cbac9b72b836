// What a user of the document does: generates a client from it, compiles a program against that, and runs it.

import { execFile } from 'node:child_process'
import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import test from 'ava'
import { type Client, startTestGateway, type TestGateway } from '../support/gateway.ts'
import { metadataOf } from '../support/metadata.ts'

const run = promisify(execFile)
const PACKAGE = fileURLToPath(new URL('client/', import.meta.url))
const TIMEOUT_MS = 240_000
const COMPILER_OPTIONS = {
  target: 'es2022',
  module: 'nodenext',
  types: ['node'],
  lib: ['es2022'],
  strict: true,
  noEmit: true,
  skipLibCheck: true,
  allowImportingTsExtensions: true,
}

let server: TestGateway

test.before(async () => {
  server = await startTestGateway()
})
test.after.always(() => server?.close())

const node = async (...args: readonly string[]): Promise<string> => {
  const { stdout } = await run(process.execPath, args, { cwd: PACKAGE, maxBuffer: 2 ** 26 }).catch(
    (error) => {
      throw new Error(`${error.stdout}\n${error.stderr}`)
    },
  )
  return stdout
}

/** The generated types in a directory where the client's packages are found; it goes away with the test. */
const generate = async (
  t: { teardown(work: () => Promise<void>): void },
  client: Client,
  subject: 'core' | 'metadata',
): Promise<string> => {
  const directory = await mkdtemp(join(PACKAGE, 'generated-'))
  t.teardown(() => rm(directory, { recursive: true, force: true }))
  const { text } = await client.get(`/rest/open-api/${subject}`)
  await writeFile(join(directory, 'document.json'), text)
  const generator = join(PACKAGE, 'node_modules/openapi-typescript/bin/cli.js')
  await node(generator, join(directory, 'document.json'), '-o', join(directory, 'schema.ts'))
  return directory
}

const compile = async (directory: string, file: string): Promise<void> => {
  await writeFile(
    join(directory, 'tsconfig.json'),
    JSON.stringify({ compilerOptions: COMPILER_OPTIONS, files: [file] }),
  )
  await node(join(PACKAGE, 'node_modules/typescript/bin/tsc'), '-p', directory)
}

test('a client generated from the document compiles and works', async (t) => {
  t.timeout(TIMEOUT_MS)
  const client = await server.enter()
  const directory = await generate(t, client, 'core')
  await cp(join(PACKAGE, 'crud.ts'), join(directory, 'crud.ts'))
  await compile(directory, 'crud.ts')
  const said = await node(join(directory, 'crud.ts'), `${server.url}/rest`, client.token)
  t.deepEqual(JSON.parse(said), {
    email: 'ada@example.com',
    company: null,
    found: "O'Neill",
    total: 1,
    stage: 'MEETING',
    jobTitle: 'Countess',
    status: 404,
    deleted: true,
    wrong: 3,
  })
})

test('types of the metadata API and of hostile texts compile', async (t) => {
  t.timeout(TIMEOUT_MS)
  const client = await server.enter()
  await metadataOf(client).createObject('rocket', {
    labelPlural: '*/ } "x"',
    description: '`x` */ process.exit(1) // \n@ts-nocheck \\u002a/',
  })
  await compile(await generate(t, client, 'core'), 'schema.ts')
  await compile(await generate(t, client, 'metadata'), 'schema.ts')
  t.pass()
})
