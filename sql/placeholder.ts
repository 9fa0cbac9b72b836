// The schema placeholder in SQL that is compiled once per schema version and run for many workspaces. All
// identifiers are quoted, so the placeholder appears only as `"__WS__".` and at the end of the names of our
// own functions; creating a schema of that name is refused.

export const PLACEHOLDER = '__WS__'
const QUALIFIER = `"${PLACEHOLDER}".`

/** Quotes an identifier for SQL text. */
export const quoteIdentifier = (name: string): string => `"${name.replaceAll('"', '""')}"`

/** `"__WS__"."<name>"`: an object of the workspace's schema. */
export const inWorkspace = (name: string): string => QUALIFIER + quoteIdentifier(name)

/** Of earlier versions too, whose names are without the schema. */
const EARLIER_FUNCTIONS = ['search_text', 'search_phones', 'caller_member_attribute', 'uuidv7'] as const
const OWN_FUNCTIONS = ['search_vector', ...EARLIER_FUNCTIONS] as const

/** Our own functions in a workspace's schema, outside its model. */
export type OwnFunction = (typeof OWN_FUNCTIONS)[number]

/** The end of such a name. No other identifier contains it, since quotes in names are doubled. */
const NAMED_AFTER_SCHEMA = `_"${PLACEHOLDER}""`

/**
 * `"__WS__"."<name>_<schema>"`: one of our own functions. Each schema has another name for it, because
 * Postgres looks for a function by its name alone, in all schemas at once: with the same name in 10,000
 * schemas each lookup reads 10,000 rows of the catalog. Names of schemas have at most 35 characters.
 */
export const ownFunction = (name: OwnFunction): string => `${QUALIFIER}"${name}${NAMED_AFTER_SCHEMA}`

/** Its name in a schema, not quoted. */
export const ownFunctionIn = (schema: string, name: OwnFunction): string => `${name}_${schema}`

/** All names in a schema. */
export const ownFunctionNames = (schema: string): readonly string[] => [
  ...EARLIER_FUNCTIONS,
  ...OWN_FUNCTIONS.map((name) => ownFunctionIn(schema, name)),
]

/** Names of tables on the node that holds them, by their names in the model. */
export type ShardNames = ReadonlyMap<string, string>

/** A relation in SQL text: neither a function, which has a parenthesis behind it, nor a type in a cast. */
const RELATION = new RegExp(`(?<!::)${QUALIFIER.replace('.', '\\.')}"((?:[^"]|"")+)"(?!\\()`, 'g')

/**
 * Follows a call in FROM. Postgres replaces the call of a simple function by its body after Citus has looked
 * for distributed tables, and the body would read the empty tables of the catalog. Postgres keeps the call
 * where its results are numbered. Quotes in names are doubled, so a name cannot contain this text.
 */
export const CALL_END = '/*"call"*/'

const bindTables = (text: string, schema: string, shards: ShardNames): string =>
  text.replaceAll(CALL_END, ' with ordinality').replace(RELATION, (whole, quoted: string) => {
    const shard = shards.get(quoted.replaceAll('""', '"'))
    return shard === undefined ? whole : `${quoteIdentifier(schema)}.${quoteIdentifier(shard)}`
  })

/**
 * SQL text for one workspace.
 * @param shards names of its tables where they have others than in the model
 */
export const bindSchema = (text: string, schema: string, shards?: ShardNames): string =>
  (shards === undefined ? text : bindTables(text, schema, shards))
    .replaceAll(QUALIFIER, `${quoteIdentifier(schema)}.`)
    .replaceAll(NAMED_AFTER_SCHEMA, `_${schema.replaceAll('"', '""')}"`)

/** Like `bindSchema`, for many workspaces: the text is split once. */
export const bindingSchema = (text: string): ((schema: string) => string) => {
  if (text.includes(NAMED_AFTER_SCHEMA)) return (schema) => bindSchema(text, schema)
  const parts = text.split(QUALIFIER)
  return (schema) => parts.join(`${quoteIdentifier(schema)}.`)
}
