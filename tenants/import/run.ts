// Runs a script statement by statement inside a transaction, on a client whose search_path is the workspace's
// schema. Returns what was skipped and written. Ordinary statements are sent to the server in batches.

import type { ClientBase, QueryResult } from 'pg'
import { isOnCluster } from '../../sql/citus.ts'
import { copyIn } from '../../sql/copyIn.ts'
import { refusedByCitus } from '../../sql/nodes/refused.ts'
import { ACTOR_SOURCE_TYPE } from '../model/compositeType.ts'
import { Refusal } from '../refusal.ts'
import { type Decision, decisionOf } from './decision.ts'
import { ensureExtension } from './extension.ts'
import { renameSchemas } from './rename.ts'
import { type Piece, splitScript } from './split.ts'

interface Part {
  readonly text: string
  readonly line: number
}

/** Of the statements of a round trip. */
const BATCH_LENGTH = 262_144
/** Statements that a Citus cluster takes several of in one message. Its DDL is one command per message. */
const ROWS = /^\s*insert\b/i
/** undefined_object and undefined_table: no such role, setting or object. */
const UNDEFINED = new Set(['42704', '42P01'])
/** psql commands that are ignored. */
const HARMLESS = /^\\(restrict|unrestrict|connect|c|encoding|echo|qecho|timing|pset|set|unset|q|!?x)\b/
const COPIES = new Set(['42P07', '42710', '42723', '42P06'])

const newlinesIn = (text: string): number => text.split('\n').length - 1

/**
 * The line that an error's position refers to. Postgres counts characters, not UTF-16 units, over the parts
 * joined by newlines.
 */
const lineOf = (error: Error, parts: readonly Part[]): number | null => {
  let left = 'position' in error ? Number(error.position) : Number.NaN
  if (!(left > 0)) return parts.length === 1 ? (parts[0]?.line ?? null) : null
  for (const { text, line } of parts) {
    const characters = [...text]
    if (left <= characters.length + 1) return line + newlinesIn(characters.slice(0, left - 1).join(''))
    left -= characters.length + 1
  }
  return null
}

const refusalOf = (error: unknown, parts: readonly Part[]): unknown => {
  if (!(error instanceof Error) || error instanceof Refusal) return error
  const line = lineOf(error, parts)
  const isCopy = 'code' in error && COPIES.has(String(error.code))
  // Every workspace has this type, and dumps create types first.
  const isOurs = isCopy && error.message.includes(`"${ACTOR_SOURCE_TYPE}"`)
  const place = line === null ? '' : ` (line ${line})`
  const known = refusedByCitus(error.message)
  if (known !== null)
    return new Refusal('INVALID_INPUT', `The script fails${place}: ${known.message}.`, {
      hint: `Nothing was changed. ${known.hint}`,
      cause: error,
    })
  return new Refusal('INVALID_INPUT', `The script fails${place}: ${error.message}`, {
    hint: isOurs
      ? 'Nothing was changed. Every workspace has this already, so the script is a dump of a workspace. Copy its model with "tenantry model export" and "model apply", and its rows with a dump made with --data-only.'
      : isCopy
        ? 'Nothing was changed. All tables of a workspace share one schema. Rename one of the two.'
        : 'Nothing was changed.',
    cause: error,
  })
}

const WRITES: readonly string[] = ['INSERT', 'UPDATE', 'DELETE', 'MERGE']

/** @returns the number of rows that the statements have written */
const send = async (client: ClientBase, parts: readonly Part[]): Promise<number> => {
  try {
    const answer = await client.query(parts.map(({ text }) => text).join('\n'))
    // One result for each statement, where there are several.
    const results: readonly QueryResult[] = [answer].flat()
    return results.reduce(
      (total, { command, rowCount }) => total + (WRITES.includes(command) ? (rowCount ?? 0) : 0),
      0,
    )
  } catch (error) {
    throw refusalOf(error, parts)
  }
}

/**
 * Runs a statement that may name an unknown role, setting or object; false: it does, and nothing was done.
 */
const isDefined = async (client: ClientBase, part: Part): Promise<boolean> => {
  await client.query('savepoint tenantry_import')
  try {
    await client.query(part.text)
    await client.query('release savepoint tenantry_import')
    return true
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && UNDEFINED.has(String(error.code))))
      throw refusalOf(error, [part])
    await client.query('rollback to savepoint tenantry_import; release savepoint tenantry_import')
    return false
  }
}

const refuseCommand = ({ text, line }: Pick<Piece, 'text' | 'line'>): void => {
  if (HARMLESS.test(text)) return
  throw new Refusal('INVALID_INPUT', `Line ${line} is a command of psql: ${text.slice(0, 100)}`, {
    hint: 'Write its statements or rows into the script. A dump in the custom format works without psql.',
  })
}

interface Run {
  /** Kinds of statements. */
  readonly leftOut: ReadonlySet<string>
  /** By the statements of the script itself and not by functions that they call. */
  readonly rows: number
}

export const runScript = async (
  client: ClientBase,
  chunks: AsyncIterable<string>,
  schemaName: string,
  from: ReadonlySet<string>,
): Promise<Run> => {
  const isCluster = await isOnCluster(client)
  const leftOut = new Set<string>()
  const extensions = new Map<string, string>()
  const renamed = (text: string): string =>
    from.size === 0 ? text : renameSchemas(text, { from, to: schemaName, extensions })
  let batch: Part[] = []
  let length = 0
  let rows = 0

  const flush = async (): Promise<void> => {
    const parts = batch
    batch = []
    length = 0
    if (parts.length > 0) rows += await send(client, parts)
  }
  const extend = async (part: Part, name: string): Promise<void> => {
    try {
      for (const [member, schema] of await ensureExtension(client, name)) extensions.set(member, schema)
    } catch (error) {
      throw refusalOf(error, [part])
    }
  }
  const decide = async (decision: Decision, part: Part): Promise<void> => {
    if (decision.kind === 'refuse')
      throw new Refusal('INVALID_INPUT', `${decision.message} (line ${part.line})`, { hint: decision.hint })
    if (decision.kind === 'skip') {
      if (decision.what !== null) leftOut.add(decision.what)
      return
    }
    if (decision.kind !== 'run') {
      await flush()
      if (decision.kind === 'extension') return extend(part, decision.name)
      if (!(await isDefined(client, part))) leftOut.add(decision.what)
      return
    }
    const isAlone = isCluster && !ROWS.test(part.text)
    if (isAlone) await flush()
    batch.push(part)
    length += part.text.length
    if (isAlone || length >= BATCH_LENGTH) await flush()
  }
  const take = async (piece: Piece): Promise<void> => {
    if (piece.kind === 'command') return refuseCommand(piece)
    const part = { text: renamed(piece.text), line: piece.line }
    if (piece.kind === 'statement') return decide(decisionOf(piece.text, from), part)
    await flush()
    rows += await copyIn(client, part.text, piece.rows).catch((error: unknown) => {
      throw refusalOf(error, [part])
    })
  }
  for await (const piece of splitScript(chunks)) await take(piece)
  await flush()
  return { leftOut, rows }
}
