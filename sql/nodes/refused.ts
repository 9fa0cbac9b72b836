// What Citus refuses of distributed tables, in our own words, with the way out: its messages name parts of
// its planner. Changes of the data model, their dry runs and `workspace adopt` read this list.

interface RefusedByCitus {
  readonly message: string
  readonly hint: string
}

const SEQUENCE_FIRST =
  'Create the sequence, add the column as bigint, and set its default by a statement of its own: nextval(…).'

/**
 * Seen with Citus 13.2. "would not", "draws from", "have no place" and "no column but" are of our own event
 * triggers.
 */
const REFUSED: readonly (readonly [text: RegExp, refused: RefusedByCitus])[] = [
  [
    /non-SELECT command in SubLink|subquer(?:y|ies) (?:is|are) not supported/i,
    {
      message: 'a Citus cluster does not take policies, defaults or rules with a subquery',
      hint: 'Compare columns and values, or call a function that contains the query.',
    },
  ],
  [
    /altering a distributed sequence|OWNED BY option/i,
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
  [
    /involving (?:serial pseudotypes|identity columns|DEFAULT nextval)/i,
    { message: 'a Citus cluster adds no column that draws from a sequence', hint: SEQUENCE_FIRST },
  ],
  [
    /with other subcommands/i,
    {
      message: 'a Citus cluster adds a constraint by a statement of its own',
      hint: 'Write one "alter table" for each constraint.',
    },
  ],
  [
    /alter table command is currently unsupported/i,
    {
      message: 'a Citus cluster does not take this form of "alter table"',
      hint:
        'It adds, drops and renames columns, changes their types, defaults and "not null", and adds, validates and drops ' +
        'constraints. Where the table is created, an identity or an expression can be part of its column.',
    },
  ],
  [
    /cannot inherit or be inherited/i,
    {
      message: 'a Citus cluster has no tables that inherit from others',
      hint: 'Use a partitioned table, or a table with a foreign key to the other.',
    },
  ],
  [
    /must be a distributed table or a reference table|foreign keys from\/to local tables or different schema/i,
    {
      message: 'a Citus cluster keeps tables and foreign keys inside the schema of their workspace',
      hint: 'Create the other table in the same schema.',
    },
  ],
  [
    /must not be VOLATILE/i,
    {
      message:
        'a Citus cluster does not update records with a function that differs by call, such as nextval or gen_random_uuid',
      hint: 'Update through the record API, or connect to the worker that holds the workspace.',
    },
  ],
  [
    /triggers of the view .* would not run on the workers|rules of .* would not apply on the workers/i,
    {
      message: 'a Citus cluster keeps rules and triggers of views from its workers, where requests run',
      hint: 'Use a trigger of a table.',
    },
  ],
  [
    /foreign tables such as .* have no place on the workers|foreign table in a distributed schema|foreign tables cannot be distributed/i,
    {
      message: 'a Citus cluster has no foreign tables in the schema of a workspace',
      hint: 'Copy the rows into a table, or keep this workspace on one Postgres.',
    },
  ],
  [
    /materialized views such as .* have no place on the workers/i,
    {
      message: 'a Citus cluster has no materialized views in the schema of a workspace',
      hint: 'Make a view, or a table that you fill yourself.',
    },
  ],
  [
    /no column but generated ones/i,
    {
      message: 'a Citus cluster has no tables without a column, or with generated ones alone',
      hint: 'Give the table another column.',
    },
  ],
]

/** Null: the message is not among those. */
export const refusedByCitus = (message: string): RefusedByCitus | null =>
  REFUSED.find(([text]) => text.test(message))?.[1] ?? null
