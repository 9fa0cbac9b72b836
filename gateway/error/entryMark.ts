// Marks a statement with the position of its record in the batch, from 0: a comment in front of the
// statement, which Postgres quotes in the context of an error; and parses it back.

export const entryMark = (index: number): string => `/* entry ${index} */`

/** Only our own function runs statements that begin like this. */
const MARKED = /^SQL statement "\/\* entry (\d{1,6}) \*\//m

/** @param where the context of an error of Postgres; null if it is not about a record of a batch */
export const entryOf = (where: string | undefined): number | null => {
  const [, index] = MARKED.exec(where ?? '') ?? []
  return index === undefined ? null : Number(index)
}
