import test from 'ava'
import { schemaSeeds } from '../support/environment.ts'
import { startTestGateway, type TestGateway } from '../support/gateway.ts'
import { faultsOfSchema } from './run.ts'

/** The first three found faults. Two minutes beside other files. `SCHEMA_SEEDS=1000+500` looks at others. */
const SEEDS: readonly number[] = [
  67,
  626,
  100_266,
  ...Array.from({ length: 12 }, (_, index) => 200_000 + index),
]

let server: TestGateway

test.before(async () => {
  server = await startTestGateway()
})
test.after.always(() => server?.close())

test('a legal schema only loses from the API what cannot be served', async (t) => {
  t.timeout(3_600_000)
  const range = schemaSeeds()
  const seeds =
    range === null ? SEEDS : Array.from({ length: range.count }, (_, index) => range.first + index)
  const found: string[] = []
  let statements = 0
  for (const seed of seeds) {
    const { faults, taken } = await faultsOfSchema(server, seed)
    statements += taken
    found.push(...faults.map((fault) => `seed ${seed}: ${fault}`))
    if (range !== null) console.log([`done ${seed}`, ...faults].join('\n  '))
  }
  t.log(
    `${seeds.length} schemas (${seeds.join(', ')}) of ${statements} statements in ${Math.round(process.uptime())} s`,
  )
  t.deepEqual(found, [])
  t.true(statements > seeds.length * 15, 'Postgres takes most of the statements')
})
