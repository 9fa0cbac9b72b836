// The schema placeholder in SQL that is compiled once per schema version and run for many workspaces. All
// identifiers are quoted, so the placeholder appears only as `"__WS__".`; creating a schema of that name is
// refused.

export const PLACEHOLDER = '__WS__'
const QUALIFIER = `"${PLACEHOLDER}".`

/** Quotes an identifier for SQL text. */
export const quoteIdentifier = (name: string): string => `"${name.replaceAll('"', '""')}"`

/** `"__WS__"."<name>"`: an object of the workspace's schema. */
export const inWorkspace = (name: string): string => QUALIFIER + quoteIdentifier(name)

/** SQL text for one workspace. */
export const bindSchema = (text: string, schema: string): string =>
  text.replaceAll(QUALIFIER, `${quoteIdentifier(schema)}.`)
