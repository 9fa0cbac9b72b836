// The gather phase: PostGraphile's own plugins make resources of the introspection, this one decides how things are called
// there and how types travel. Names are the catalog's own, so no two tables can meet in one name, however hostile; every
// type travels as text, so no type can be unknown.

import type {} from 'postgraphile'
import { asIs, textCodec } from '../steps/codec.ts'
import { verbatim } from '../steps/fragment.ts'

/** Names of resources and codecs are never seen, only told apart. */
export const resourceName = (table: string): string => `table ${table}`

const byTable = (
  _previous: unknown,
  _options: unknown,
  { pgClass }: { pgClass: { relname: string } },
): string => resourceName(pgClass.relname)

export const RegistryPlugin: GraphileConfig.Plugin = {
  name: 'TenantryRegistryPlugin',
  version: '1.0.0',
  inflection: {
    replace: {
      tableResourceName: byTable,
      classCodecName: byTable,
    },
  },
  gather: {
    hooks: {
      // The stock hook leaves alone what another has answered.
      pgCodecs_findPgCodec: {
        before: ['PgCodecsGather'],
        callback(_info, event) {
          const { typname } = event.pgType
          event.pgCodec ??= textCodec(`type ${typname}`, verbatim(typname), asIs)
        },
      },
    },
  },
}
