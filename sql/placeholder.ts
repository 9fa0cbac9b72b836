// Stands for a workspace's schema in SQL that is compiled once per shape and run for many workspaces. Every
// identifier of ours is quoted, so the placeholder appears only as `"__WS__".`; a schema of that name is
// refused at creation.

export const PLACEHOLDER = '__WS__'
const QUALIFIER = `"${PLACEHOLDER}".`

/** Quotes an identifier for SQL text. */
export const quoteIdentifier = (name: string): string => `"${name.replaceAll('"', '""')}"`

/** `"__WS__"."<name>"`: an object of the workspace's schema, whichever that will be. */
export const inWorkspace = (name: string): string => QUALIFIER + quoteIdentifier(name)

/** SQL text for one workspace. */
export const bindSchema = (text: string, schema: string): string =>
  text.replaceAll(QUALIFIER, `${quoteIdentifier(schema)}.`)
