// The gather phase: PostGraphile's own plugins make resources of the introspection, this one decides how things are called
// there, how types travel and how a row is known to be there. Names are the catalog's own, so no two tables can meet in one
// name, however hostile; every type travels as text, so no type can be unknown.

import type {} from 'postgraphile'
import { type SQL, sql } from 'postgraphile/@dataplan/pg/pg-sql2'
import type { Model, ObjectModel } from '../../../tenants/model/model.ts'
import { asIs, textCodec } from '../steps/codec.ts'
import { verbatim } from '../steps/fragment.ts'

interface TableDetails {
  readonly pgClass: { readonly relname: string }
}

/**
 * Tells a row from the nothing that an outer join puts in its place. By the key where there is one, since a role may not be
 * allowed to read the rest; a row without one may consist of nulls and still be a row.
 */
const isPresent = (object: ObjectModel): ((alias: SQL) => SQL) => {
  const column = object.key.find((name) => object.columns.get(name)?.notNull)
  return column === undefined
    ? (alias) => sql`(${alias} is distinct from null)::pg_catalog.text`
    : (alias) => sql`(${alias}.${sql.identifier(column)} is not null)::pg_catalog.text`
}

export const createRegistryPlugin = (model: Model): GraphileConfig.Plugin => ({
  name: 'TenantryRegistryPlugin',
  version: '1.0.0',
  inflection: {
    replace: {
      tableResourceName: (_previous, _options, { pgClass }: TableDetails) => pgClass.relname,
      // Codecs of rows and of types share one space of names.
      classCodecName: (_previous, _options, { pgClass }: TableDetails) => `row ${pgClass.relname}`,
    },
  },
  gather: {
    hooks: {
      pgCodecs_findPgCodec: {
        // The stock hook leaves alone what another has answered.
        before: ['PgCodecsGather'],
        callback(_info, event) {
          const { typname } = event.pgType
          event.pgCodec ??= textCodec(`type ${typname}`, verbatim(typname), asIs)
        },
      },
      pgCodecs_PgCodec(_info, { pgCodec, pgClass }) {
        const object = pgClass && model.byTable.get(pgClass.relname)
        if (object) pgCodec.notNullExpression = isPresent(object)
      },
    },
  },
})
