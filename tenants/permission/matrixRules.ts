// Record rules of a role as comparable texts, one for each table with rules: equal for any two roles whose
// rules have the same conditions and grouping. Ids and order of the rules do not count.

import type { ClientBase, Pool } from 'pg'

interface RuleRow {
  readonly table: string
  readonly groupId: string | null
  /** Column, operand, value, member's column. */
  readonly condition: readonly unknown[]
}

interface GroupRow {
  readonly id: string
  readonly table: string
  readonly parentId: string | null
  readonly operator: string
}

const RULES_SQL = `select table_name as "table", group_id as "groupId",
    jsonb_build_array(column_name, operand, value, member_column) as condition
  from tenantry.row_rules where role_id = $1`

const GROUPS_SQL = `select id, table_name as "table", parent_id as "parentId", logical_operator as operator
  from tenantry.row_rule_groups where role_id = $1`

const textOf = (rules: readonly RuleRow[], groups: readonly GroupRow[], parentId: string | null): string =>
  [
    ...rules.filter(({ groupId }) => groupId === parentId).map(({ condition }) => JSON.stringify(condition)),
    ...groups
      .filter((group) => group.parentId === parentId)
      .map(({ id, operator }) => `${operator}(${textOf(rules, groups, id)})`),
  ]
    .sort()
    .join()

export const readRuleTexts = async (
  connection: ClientBase | Pool,
  roleId: string,
): Promise<ReadonlyMap<string, string>> => {
  const { rows: rules } = await connection.query<RuleRow>(RULES_SQL, [roleId])
  const { rows: groups } = await connection.query<GroupRow>(GROUPS_SQL, [roleId])
  const of = <T extends { readonly table: string }>(rows: readonly T[], table: string): readonly T[] =>
    rows.filter((row) => row.table === table)
  return new Map(
    rules.map(({ table }) => [table, textOf(of(rules, table), of(groups, table), null)] as const),
  )
}
