// Columns that can hold the null of JSON: a table of them, and a row of such nulls.

const COLUMNS: Readonly<Record<string, string>> = {
  plain_json: 'json',
  plain_jsonb: 'jsonb',
  of_domain: 'document',
  needed_json: 'json not null',
  needed_jsonb: 'jsonb not null',
  needed_domain: 'needed_document',
  with_default: `jsonb not null default '{"a": 1}'`,
}

export const JSON_COLUMNS = Object.keys(COLUMNS)
/** Columns that take a null of SQL, too. */
export const NULLABLE = JSON_COLUMNS.slice(0, 3)

export const JSON_TABLE = `
create domain document as jsonb;
create domain needed_document as jsonb not null;
create table jotting (id int primary key, note text,
  ${Object.entries(COLUMNS)
    .map(([name, type]) => `${name} ${type}`)
    .join(', ')},
  computed jsonb generated always as (plain_jsonb) stored);`

/** Row 1 has nulls of JSON, row 2 of SQL where it can, row 3 none. */
export const JSON_ROWS = [1, 2, 3].map((id) => {
  const values = JSON_COLUMNS.map((name) =>
    id === 2 && NULLABLE.includes(name) ? 'null' : id === 3 ? `'{"a":2}'` : `'null'`,
  )
  return `insert into jotting (id, note, ${JSON_COLUMNS.join(', ')}) values (${id}, 'n', ${values.join(', ')})`
})
