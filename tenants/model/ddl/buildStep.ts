// Steps of a change that run after its transaction, as jobs: they read a large table, so under a lock they
// would stop its requests. A job may wait for hours, and tables and columns may be renamed meanwhile: the
// statement is stored with marks for their names.

import { inWorkspace, quoteIdentifier } from '../../../sql/placeholder.ts'

/** What a field or an index has once its build is ready. */
export type BuildPurpose = 'unique' | 'required' | 'default' | 'relation' | 'index' | 'size'

/** What a statement names; the columns in the order in which the build was planned. */
interface BuildNames {
  readonly table: string
  readonly columns: readonly string[]
  readonly constraint?: string
  readonly index?: string
}

/** Of an index that is not in the catalog yet, as the catalog will have them. */
export interface IndexDetails {
  readonly method: string
  readonly unique: boolean
  readonly options: readonly number[]
  readonly classes: readonly string[]
  readonly predicate: string | null
}

export interface Build extends BuildNames {
  readonly purpose: BuildPurpose
  readonly template: string
  readonly details?: IndexDetails
}

/** No identifier of the API contains it, and no text of ours. */
const MARK = '\u0001'

const MARKED = { table: `${MARK}table`, constraint: `${MARK}constraint`, index: `${MARK}index` }
const columnMark = (place: number): string => `${MARK}column${place}`

/** Between statements of one build, which run in one transaction. No other text of ours contains it. */
const NEXT = ';--\n'

/** Statements of one build, as the single text that is stored. */
export const inSequence = (statements: readonly string[]): string => statements.join(NEXT)

/** The statements of a build's text. */
export const sequenceOf = (template: string): readonly string[] => template.split(NEXT)

export const dropIndexSql = (name: string): string => `drop index concurrently if exists ${inWorkspace(name)}`

/**
 * The statement of a build.
 * @param render writes it; names are quoted identifiers and never parts of literals.
 */
export const buildOf = (
  names: BuildNames & Pick<Build, 'purpose' | 'details'>,
  render: (names: Required<BuildNames>) => string,
): { readonly sql: string; readonly build: Build } => {
  const { constraint = '', index = '' } = names
  const marked = { ...MARKED, columns: names.columns.map((_, place) => columnMark(place)) }
  return {
    sql: render({ ...names, constraint, index }),
    build: { ...names, template: render(marked) },
  }
}

/** The statement under the present names. */
export const bindNames = (
  template: string,
  { table, columns, constraint = '', index = '' }: BuildNames,
): string => {
  const names: readonly (readonly [string, string])[] = [
    [MARKED.table, table],
    [MARKED.constraint, constraint],
    [MARKED.index, index],
    ...columns.map((name, place) => [columnMark(place), name] as const),
  ]
  return names.reduce(
    (text, [mark, name]) => text.replaceAll(quoteIdentifier(mark), () => quoteIdentifier(name)),
    template,
  )
}
