// The command about limits and quotas of a workspace.

import { checkedLimits, readLimits, setLimits } from '../../../tenants/limits.ts'
import { findWorkspace } from '../../../tenants/workspace.ts'
import type { Command } from '../command.ts'
import { tableText } from '../table.ts'
import { UsageError } from '../usage.ts'

/** `maxRecords=1000,maxBytes=default` */
const parse = (text: string): Readonly<Record<string, number | null>> => {
  const limits = new Map<string, number | null>()
  for (const part of text.split(',')) {
    const [, name, value] = /^\s*(\w+)=(-?\d{1,15}|default)\s*$/.exec(part) ?? []
    if (name === undefined)
      throw new UsageError(`"${part}" is not a limit. Use name=number or name=default, separated by commas.`)
    if (limits.has(name)) throw new UsageError(`${name} is set twice.`)
    limits.set(name, value === 'default' ? null : Number(value))
  }
  return Object.fromEntries(limits)
}

const limits: Command = {
  summary: 'Show the limits and quotas of a workspace, or set some, as in maxRecords=100000,maxBytes=default',
  arguments: ['workspace'],
  optionalArgument: 'name=value,…',
  run: async ({ pool }, { arguments: [reference = '', changes] }) => {
    const wanted = changes === undefined ? null : checkedLimits(parse(changes))
    const { id } = await findWorkspace(pool, reference)
    if (wanted !== null) await setLimits(pool, id, wanted)
    const json = await readLimits(pool, id)
    const rows = Object.entries(json).map(([name, value]) => [name, String(value ?? 'default')])
    return { json, text: tableText(['LIMIT', 'VALUE'], rows) }
  },
}

export const LIMIT_COMMANDS: readonly (readonly [string, Command])[] = [['workspace limits', limits]]
