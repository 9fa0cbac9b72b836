// What Citus refuses of distributed tables, in our own words, with the way out. Its messages name parts of
// its planner.

interface RefusedByCitus {
  readonly message: string
  readonly hint: string
}

/** Seen with Citus 13.2; the last one is of tenantry.keep_drawn. */
const REFUSED: readonly (readonly [text: RegExp, refused: RefusedByCitus])[] = [
  [
    /non-SELECT command in SubLink|subquer(?:y|ies) (?:is|are) not supported/i,
    {
      message: 'a Citus cluster does not take policies, defaults or rules with a subquery',
      hint: 'Compare columns and values, or call a function that contains the query.',
    },
  ],
  [
    /altering a distributed sequence/i,
    {
      message: 'a Citus cluster does not change a sequence that a column draws from',
      hint: 'Create the sequence with its final options, or drop the default first.',
    },
  ],
  [
    /renaming constraints belonging to distributed tables/i,
    {
      message: 'a Citus cluster does not rename constraints',
      hint: 'Drop the constraint, and add it again.',
    },
  ],
  [
    /column defaults of type int or smallint|draws from a sequence of type/i,
    {
      message: 'a Citus cluster draws no values of int or smallint from sequences on its workers',
      hint: 'Use bigserial, or bigint with an identity.',
    },
  ],
  [
    /sequence .* is already used for a different type/i,
    {
      message: 'a Citus cluster takes one sequence for columns of one type alone',
      hint: 'Give each column a sequence of its own.',
    },
  ],
]

/** Null: the message is not among those. */
export const refusedByCitus = (message: string): RefusedByCitus | null =>
  REFUSED.find(([text]) => text.test(message))?.[1] ?? null
