// Steps of builds on a Citus cluster, which takes one command of DDL per message, and sends no update with a
// function that differs by call: there, a trigger on the node gives a column its default.

import { type ClientBase, escapeLiteral } from 'pg'
import { committed } from '../../../../sql/ownerPool.ts'
import { bindSchema, inWorkspace, quoteIdentifier } from '../../../../sql/placeholder.ts'
import { fillSql } from '../../ddl/fill.ts'
import type { ClaimedStep } from './claim.ts'
import { BRIEFLY } from './lockTimeout.ts'

const FILL_SQL = 'select tenantry.fill_by_trigger($1, $2, $3)'

const fill = async (client: ClientBase, step: ClaimedStep): Promise<void> => {
  const { relation, table, columns, schemaName } = step
  const column = columns[0] ?? ''
  const turn = (isOn: boolean): Promise<void> =>
    committed(client, async () => {
      await client.query(BRIEFLY)
      await client.query(FILL_SQL, [relation, column, isOn])
    })
  await turn(true)
  try {
    await client.query(bindSchema(fillSql(table ?? '', column, 'null'), schemaName))
  } finally {
    // Where that fails too, its error is the step's: after a lock timeout the step runs again, and ends it.
    await turn(false)
  }
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
    await committed(client, async () => {
      for (const statement of statements) await client.query(statement)
    })
}

/**
 * Ends fills whose steps were forgotten because their column is gone. A session that ended while it filled
 * has left its trigger, which would fill a new column of the same name.
 */
export const endFills = async (
  client: ClientBase,
  forgotten: readonly Pick<ClaimedStep, 'purpose' | 'relation'>[],
): Promise<void> => {
  const fills = forgotten.filter(({ purpose }) => purpose === 'default')
  for (const relation of new Set(fills.map((step) => step.relation)))
    await client.query(FILL_SQL, [relation, null, false])
}

/** What fills a column in the transaction of a change, in place of an update with `default`. */
export const fillStatements = (table: string, column: string): readonly string[] => {
  const name = quoteIdentifier(column)
  const turn = (isOn: boolean): string =>
    `select tenantry.fill_by_trigger(${escapeLiteral(inWorkspace(table))}::regclass, ${escapeLiteral(column)}, ${isOn})`
  return [turn(true), `update ${inWorkspace(table)} set ${name} = null where ${name} is null`, turn(false)]
}
