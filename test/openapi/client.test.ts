// What a user of the document does: generates a client from it, compiles a program against that, and runs it.

import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import test from 'ava'
import { type Client, startTestGateway, type TestGateway } from '../support/gateway.ts'
import { metadataOf } from '../support/metadata.ts'

const run = promisify(execFile)
const PACKAGE = fileURLToPath(new URL('client/', import.meta.url))
/** Generators that take too long for every run: `npm ci --prefix test/generators`. */
const GENERATORS = fileURLToPath(new URL('../generators/', import.meta.url))
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

const nodeIn =
  (cwd: string) =>
  async (...args: readonly string[]): Promise<string> => {
    const { stdout } = await run(process.execPath, args, { cwd, maxBuffer: 2 ** 26 }).catch((error) => {
      throw new Error(`${error.stdout}\n${error.stderr}`)
    })
    return stdout
  }

const node = nodeIn(PACKAGE)

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
  const printed = await node(join(directory, 'crud.ts'), `${server.url}/rest`, client.token)
  t.deepEqual(JSON.parse(printed), {
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

const OLDER_RESOLUTION = {
  ...COMPILER_OPTIONS,
  lib: ['es2022', 'dom'],
  module: 'commonjs',
  moduleResolution: 'node10',
  esModuleInterop: true,
  noEmit: false,
  allowImportingTsExtensions: false,
}

test('clients of hey-api and graphql-codegen compile and work', async (t) => {
  if (!existsSync(join(GENERATORS, 'node_modules'))) {
    t.log('skipped: npm ci --prefix test/generators')
    return t.pass()
  }
  t.timeout(TIMEOUT_MS)
  const client = await server.enter()
  const directory = await mkdtemp(join(GENERATORS, 'generated-'))
  t.teardown(() => rm(directory, { recursive: true, force: true }))
  const inside = (name: string): string => join(directory, name)
  const node = nodeIn(GENERATORS)
  const program = (path: string, ...args: readonly string[]): Promise<string> =>
    node(join('node_modules', path), ...args)
  for (const name of ['program.ts', 'companies.graphql']) await cp(join(GENERATORS, name), inside(name))
  await writeFile(inside('core.json'), (await client.get('/rest/open-api/core')).text)
  const query = '{ applicationCoreGraphqlSchema(applicationUniversalIdentifier: "any") }'
  const { body } = await client.request('POST', '/metadata', { query })
  await writeFile(inside('schema.graphql'), body.data.applicationCoreGraphqlSchema)
  await writeFile(inside('package.json'), '{ "type": "commonjs" }')
  await writeFile(
    inside('tsconfig.json'),
    JSON.stringify({ compilerOptions: OLDER_RESOLUTION, files: ['program.ts'] }),
  )
  await program('@hey-api/openapi-ts/bin/run.js', '-i', inside('core.json'), '-o', inside('client'))
  await writeFile(
    inside('codegen.json'),
    JSON.stringify({
      schema: inside('schema.graphql'),
      documents: inside('companies.graphql'),
      generates: { [inside('graphql.ts')]: { plugins: ['typescript-operations'] } },
    }),
  )
  await program('@graphql-codegen/cli/cjs/bin.js', '--config', inside('codegen.json'))
  await program('typescript/bin/tsc', '-p', directory)
  const printed = await node(inside('program.js'), server.url, client.token, inside('companies.graphql'))
  t.deepEqual(JSON.parse(printed), { created: 'Generated Ltd', found: 1, overGraphQL: ['Generated Ltd'] })
})

test('the Python client of the documentation works', async (t) => {
  const page = await readFile(new URL('../../docs/how-to/generate-clients.md', import.meta.url), 'utf8')
  const program = /```python\n([\s\S]*?)```/.exec(page)?.[1] ?? ''
  const client = await server.enter()
  const env = { ...process.env, GATEWAY: server.url, KEY: client.token }
  const result = await run('python3', ['-c', program], { env }).catch((error) => error)
  if (result.code === 'ENOENT') {
    t.log('skipped: there is no python3')
    return t.pass()
  }
  t.regex(result.stdout, /^[\da-f-]{36} Harbour Ltd\n$/m, result.stderr)
})
