// Which record of a batch a statement was written for. In: its place, from 0; out: a comment in front of the
// statement, which Postgres quotes in the context of an error; and the way back.

export const entryMark = (index: number): string => `/* entry ${index} */`

/** Only our own function runs statements that begin so. */
const MARKED = /^SQL statement "\/\* entry (\d{1,6}) \*\//m

/** @param where the context of an error of Postgres; null where it is about no record of a batch */
export const entryOf = (where: string | undefined): number | null => {
  const [, index] = MARKED.exec(where ?? '') ?? []
  return index === undefined ? null : Number(index)
}
