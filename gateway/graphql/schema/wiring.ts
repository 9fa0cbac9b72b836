// The schema versions of all workspaces, each with its GraphQL schema. Logs what a model leaves out.

import type { Logger } from 'pino'
import { nameNoteOf, omissionOf } from '../../../tenants/model/model.ts'
import { createSchemaVersions, type SchemaVersionsOptions } from '../../workspace/schemaVersions.ts'
import type { CompiledSchema } from './compile.ts'

interface CompiledVersionsOptions extends Pick<SchemaVersionsOptions<CompiledSchema>, 'budget' | 'onEvict'> {
  readonly log: Logger
}

export const createCompiledVersions = ({ log, ...options }: CompiledVersionsOptions) =>
  createSchemaVersions<CompiledSchema>({
    ...options,
    compile: async (model) => {
      // PostGraphile takes longer to load than everything else together, and REST does not need it.
      const { compileSchema } = await import('./compile.ts')
      const compiled = await compileSchema(model)
      for (const dropped of compiled.dropped) log.warn(dropped, 'GraphQL does not show a table')
      for (const hidden of compiled.hidden) log.warn(hidden, 'GraphQL does not show a generated field')
      for (const unserved of [...model.unserved, ...compiled.unserved])
        log.warn(unserved, 'GraphQL does not show a function')
      return compiled
    },
    onNew: (model) => {
      for (const omitted of model.omitted) log.warn(omitted, omissionOf(omitted))
      const fields = model.objects.flatMap((object) => [...object.fields.values()])
      for (const { name, nameNote } of fields) if (nameNote !== undefined) log.info({ field: name }, nameNote)
      for (const object of model.objects)
        if (object.unmet !== null)
          log.info({ table: object.table, ...object.unmet }, nameNoteOf(object) ?? '')
    },
    droppedOf: ({ dropped, unserved }) => ({ tables: dropped, functions: unserved }),
    sizeOf: ({ size }) => size,
  })
