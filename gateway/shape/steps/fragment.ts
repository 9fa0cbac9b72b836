// From the compilers' SQL text to fragments of pg-sql2. In: text of gateway/query, in which the row's alias and the values
// stand as marks; out: fragments that PostGraphile can place anywhere. Marks are made of NUL, which no identifier, literal
// or value of Postgres can hold.

import { type SQL, sql } from 'postgraphile/@dataplan/pg/pg-sql2'
import type { Params } from '../../records/params.ts'

/** The alias to give a compiler for the row it reads. */
export const ROW = '\0row\0'
const MARKS = /\0(row|\d+)\0/

/** What the tag makes of a template literal, made of text that is known at run time only. */
const tag = (pieces: readonly string[], embedded: readonly SQL[]): SQL =>
  sql(Object.assign([...pieces], { raw: pieces }), ...embedded)

/** Text as it is. The second piece keeps it out of the tag's cache, which is never emptied. */
export const verbatim = (text: string): SQL => tag([text, ''], [sql.blank])

/** Text whose only mark is the row's alias, as fragments are made of it: `template(sql)(alias)`. */
export const template = (text: string): ((alias: SQL) => SQL) => {
  const pieces = text.split(ROW)
  return (alias) =>
    pieces.length === 1
      ? verbatim(text)
      : tag(
          pieces,
          pieces.slice(1).map(() => alias),
        )
}

/** An emitter and the way to turn what was compiled with it into a fragment. */
export interface FragmentEmitter extends Params {
  /** Text that stands for a fragment made elsewhere. */
  readonly place: (fragment: SQL) => string
  readonly fragment: (text: string, alias: SQL) => SQL
}

export const createFragmentEmitter = (): FragmentEmitter => {
  const embedded: SQL[] = []
  let aliases = 0
  const embed = (mark: string, alias: SQL): SQL =>
    mark === 'row' ? alias : (embedded[Number(mark)] ?? sql.blank)
  const place = (fragment: SQL): string => `\0${embedded.push(fragment) - 1}\0`
  return {
    place,
    param: (value, type) => `${place(sql.value(value))}::${type}`,
    alias: () => {
      aliases += 1
      return `r${aliases}`
    },
    fragment: (text, alias) => {
      // `split` with a capturing group: text and marks take turns.
      const turns = text.split(MARKS)
      if (turns.length === 1) return verbatim(text)
      const pieces = turns.filter((_, index) => index % 2 === 0)
      const marks = turns.filter((_, index) => index % 2 === 1)
      return tag(
        pieces,
        marks.map((mark) => embed(mark, alias)),
      )
    },
  }
}

/** A statement whose parameters are numbered when it is known how many come before them. */
export interface NumberedEmitter extends Params {
  readonly values: readonly (string | null)[]
  readonly number: (text: string, from: number) => string
}

export const createNumberedEmitter = (): NumberedEmitter => {
  const { param, alias } = createFragmentEmitter()
  const values: (string | null)[] = []
  return {
    values,
    param: (value, type) => {
      values.push(value)
      return param(value, type)
    },
    alias,
    number: (text, from) =>
      text
        .split(MARKS)
        .map((piece, index) => (index % 2 === 0 ? piece : `$${Number(piece) + 1 + from}`))
        .join(''),
  }
}
