// CPU time of new documents at the limits (shapes.ts), in this process: reading and checking the text, the
// choice of its plan, and compiling the statements, none of which is sent. Each text is new; the median counts.

import type { Pool } from 'pg'
import { unlimitedBudget } from '../../gateway/cache/budget.ts'
import { createGraphQLDocuments, DocumentErrors } from '../../gateway/graphql/document.ts'
import { createExecutor } from '../../gateway/graphql/execute.ts'
import { compileSchema } from '../../gateway/graphql/schema/compile.ts'
import { variablesOf } from '../../gateway/graphql/variables.ts'
import { createListStatements } from '../../gateway/records/select/listStatements.ts'
import { readCatalog } from '../../sql/catalog/catalog.ts'
import { deriveModel } from '../../tenants/model/read/derive.ts'
import { median } from '../median.ts'
import { SHAPES, type Shape } from './shapes.ts'

const ROUNDS = 15
const WARM_UP_ROUNDS = 5
const MOST_MS = 30

const cpuMs = (): number => {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1_000
}

interface Cost {
  readonly checkMs: number
  readonly planMs: number
  readonly answer: string
}

class NotSent extends Error {}

const notSent = async (): Promise<never> => {
  throw new NotSent()
}

const AUTHOR = { source: 'API', name: 'bench', workspaceMemberId: null } as const
const PAST = { page: notSent, undo: notSent, erase: notSent }

const createMeasure = async (pool: Pool, schemaName: string) => {
  const catalog = await readCatalog(pool, schemaName)
  if (catalog === null) throw new Error(`${schemaName} has no catalog.`)
  const model = deriveModel(catalog, { standard: true })
  const compiled = await compileSchema(model)
  const documents = createGraphQLDocuments(unlimitedBudget()).prepare
  const execute = createExecutor(createListStatements(unlimitedBudget()))
  const runner = { read: notSent, write: notSent }
  return async ({ text, variables: given = {} }: Shape, salt: string): Promise<Cost> => {
    const asked = { query: text(salt), variables: given, operationName: undefined }
    const startMs = cpuMs()
    try {
      const document = documents(asked.query, compiled)
      const checkedMs = cpuMs()
      const variables = variablesOf(document, compiled, asked)
      const operationName = document.definitions.length > 1 ? firstName(asked.query) : undefined
      const { errors } = await execute(
        document,
        compiled,
        { ...asked, variables, operationName },
        {
          ...{ model, author: AUTHOR, maxBatchRecords: 60, count: 'exact', runnerAt: () => runner },
          past: PAST,
          shownSchema: async () => compiled,
        },
      )
      const faults = errors.filter(({ originalError }) => !(originalError instanceof NotSent))
      return {
        checkMs: checkedMs - startMs,
        planMs: cpuMs() - checkedMs,
        answer: faults[0]?.message ?? 'compiled',
      }
    } catch (error) {
      const message =
        error instanceof DocumentErrors ? `${error.errors.length} errors: ${error.message}` : String(error)
      return { checkMs: cpuMs() - startMs, planMs: 0, answer: message }
    }
  }
}

const firstName = (text: string): string | undefined => /^\w+ (\w+)/.exec(text)?.[1]

export const measureLimits = async (pool: Pool, schemaName: string): Promise<void> => {
  const measure = await createMeasure(pool, schemaName)
  console.log('| document | characters | check ms | plan ms | together | answer |\n|---|---|---|---|---|---|')
  for (const shape of SHAPES) {
    const costs: Cost[] = []
    for (let round = 0; round < WARM_UP_ROUNDS + ROUNDS; round += 1)
      costs.push(await measure(shape, `q${round}`))
    const counted = costs.slice(WARM_UP_ROUNDS)
    const together = median(counted.map(({ checkMs, planMs }) => checkMs + planMs))
    console.log(
      `| ${shape.name} | ${shape.text('q1').length} | ${median(counted.map(({ checkMs }) => checkMs)).toFixed(1)} | ${median(counted.map(({ planMs }) => planMs)).toFixed(1)} | ${together.toFixed(1)}${together > MOST_MS ? ' missed' : ''} | ${counted[0]?.answer.slice(0, 100)} |`,
    )
  }
}
