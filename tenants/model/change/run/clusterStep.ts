// Steps of builds on a Citus cluster, which takes one command of DDL per message, and sends no update with a
// function that differs by call: there, a trigger on the node gives a column its default.

import { type ClientBase, escapeLiteral } from 'pg'
import { bindSchema, inWorkspace, quoteIdentifier } from '../../../../sql/placeholder.ts'
import { fillSql } from '../../ddl/fill.ts'
import type { ClaimedStep } from './claim.ts'
import { BRIEFLY } from './lockTimeout.ts'

const FILL_SQL = 'select tenantry.fill_by_trigger($1, $2, $3)'

const inOne = async (client: ClientBase, work: () => Promise<unknown>): Promise<void> => {
  try {
    await client.query('begin')
    await work()
    await client.query('commit')
  } catch (error) {
    await client.query('rollback')
    throw error
  }
}

const fill = async (client: ClientBase, step: ClaimedStep): Promise<void> => {
  const { relation, table, columns, schemaName } = step
  const column = columns[0] ?? ''
  const turn = (isOn: boolean): Promise<void> =>
    inOne(client, async () => {
      await client.query(BRIEFLY)
      await client.query(FILL_SQL, [relation, column, isOn])
    })
  await turn(true)
  try {
    await client.query(bindSchema(fillSql(table ?? '', column, 'null'), schemaName))
  } catch (error) {
    await turn(false).catch(() => undefined)
    throw error
  }
  await turn(false)
}

/** @param statements of the step, bound */
export const runOnCluster = async (
  client: ClientBase,
  step: ClaimedStep,
  statements: readonly string[],
): Promise<void> => {
  if (step.purpose === 'default' && step.template !== null) return fill(client, step)
  const [only = ''] = statements
  if (statements.length < 2) await client.query(only)
  else
    await inOne(client, async () => {
      for (const statement of statements) await client.query(statement)
    })
}

/** The trigger of a fill whose column is gone. */
export const endFill = async (client: ClientBase, { relation, table }: ClaimedStep): Promise<void> => {
  if (table !== null) await client.query(FILL_SQL, [relation, null, false])
}

/** What fills a column in the transaction of a change, in place of an update with `default`. */
export const fillStatements = (table: string, column: string): readonly string[] => {
  const name = quoteIdentifier(column)
  const turn = (isOn: boolean): string =>
    `select tenantry.fill_by_trigger(${escapeLiteral(inWorkspace(table))}::regclass, ${escapeLiteral(column)}, ${isOn})`
  return [turn(true), `update ${inWorkspace(table)} set ${name} = null where ${name} is null`, turn(false)]
}
